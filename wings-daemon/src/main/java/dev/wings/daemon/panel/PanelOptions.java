package dev.wings.daemon.panel;

import dev.wings.core.config.WingsConfig;
import java.net.URI;
import java.util.Map;

/// Where the Panel is and how to speak to it; fixed for the life of the process
/// (`panel-remote-api.md` 1.1).
///
/// @param base `{remote}/api/remote`, without trailing slash
/// @param credential value of the `Authorization` header
/// @param extraHeaders sent with every request, inserted last
/// @param retryLimit attempts in total, at least 1
/// @param perPage servers per page of the list, 1 to 100
/// @param verifyCertificate false only when the operator switched the check off on the command line
public record PanelOptions(
    URI base,
    String credential,
    String userAgent,
    Map<String, String> extraHeaders,
    int retryLimit,
    int perPage,
    boolean verifyCertificate) {

  public PanelOptions {
    extraHeaders = Map.copyOf(extraHeaders);
    if (retryLimit < 1) {
      throw new IllegalArgumentException("retryLimit: " + retryLimit + " (expected: >= 1)");
    }
    if (perPage < 1 || perPage > 100) {
      throw new IllegalArgumentException("perPage: " + perPage + " (expected: 1 to 100)");
    }
  }

  /// Derives the options from the configuration; out-of-range numbers are moved into range.
  public static PanelOptions of(WingsConfig config, String version, boolean verifyCertificate) {
    String remote = config.remote();
    while (remote.endsWith("/")) {
      remote = remote.substring(0, remote.length() - 1);
    }
    return new PanelOptions(
        URI.create(remote + "/api/remote"),
        "Bearer " + config.tokenId() + "." + config.token(),
        "calagopus wings/v" + version + " (id:" + config.tokenId() + ")",
        config.remoteHeaders(),
        Math.max(1, config.remoteQuery().retryLimit()),
        Math.clamp(config.remoteQuery().bootServersPerPage(), 1, 100),
        verifyCertificate);
  }

  @Override
  public String toString() {
    return "PanelOptions[" + base + "]";
  }
}
