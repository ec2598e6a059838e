package dev.wings.daemon.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The cross-origin headers of every answer (`http-api.md` 1.1). Immutable.
final class Cors {
  private static final String COMMON =
      """
      access-control-allow-methods: GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS\r
      access-control-allow-headers: Accept, Accept-Encoding, Authorization, Cache-Control, \
      Content-Type, Content-Length, Origin, X-Real-IP, X-CSRF-Token, Upload-Offset, Upload-Length, \
      Upload-Complete\r
      access-control-expose-headers: Upload-Offset\r
      access-control-max-age: 7200\r
      """;

  private final String remote;
  private final List<String> allowedOrigins;
  private final boolean privateNetwork;
  private final boolean remoteUsable;

  Cors(String remote, List<String> allowedOrigins, boolean privateNetwork) {
    this.remote = remote;
    this.allowedOrigins = allowedOrigins.stream().filter(Cors::fitsHeader).toList();
    this.privateNetwork = privateNetwork;
    this.remoteUsable = fitsHeader(remote);
  }

  /// False when `remote` cannot be put into a header; every request is then answered 500.
  boolean remoteUsable() {
    return remoteUsable;
  }

  /// Header lines for a request with this `Origin`. Credentials are never combined with a wildcard
  /// (`threats.md` CF-03): a browser would refuse the pair anyway.
  String lines(@Nullable String origin) {
    String allowed = allowedOrigin(origin);
    StringBuilder lines = new StringBuilder(640);
    if (!allowed.equals("*")) {
      lines.append("access-control-allow-credentials: true\r\n");
    }
    lines.append(COMMON);
    if (privateNetwork) {
      lines.append("access-control-request-private-network: true\r\n");
      lines.append("access-control-allow-private-network: true\r\n");
    }
    if (!allowed.isEmpty()) {
      lines.append("access-control-allow-origin: ").append(allowed).append("\r\n");
    }
    return lines.toString();
  }

  /// Whether answers to different origins differ at all.
  boolean variesByOrigin() {
    return !allowedOrigins.isEmpty();
  }

  /// Whether the lines for this origin are the ones for no origin at all.
  boolean isDefault(@Nullable String origin) {
    return origin == null || allowedOrigins.isEmpty() || origin.equals(remote);
  }

  private String allowedOrigin(@Nullable String origin) {
    if (origin != null && !origin.equals(remote)) {
      for (String entry : allowedOrigins) {
        if (entry.equals("*") || entry.equals(origin)) {
          return entry;
        }
      }
    }
    return remoteUsable ? remote : "";
  }

  private static boolean fitsHeader(String value) {
    return value.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
  }
}
