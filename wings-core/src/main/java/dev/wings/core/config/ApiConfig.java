package dev.wings.core.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The `api` section of the configuration (`configuration.md` 7).
public record ApiConfig(
    String host,
    int port,
    Ssl ssl,
    Map<String, String> redirects,
    boolean disableOpenapiDocs,
    boolean disableRemoteDownload,
    List<String> remoteDownloadBlockedCidrs,
    boolean disableDirectorySize,
    long directoryEntryLimit,
    boolean sendOfflineServerLogs,
    int fileSearchThreads,
    FileSearchContext fileSearchContext,
    int fileCopyThreads,
    int fileDeleteThreads,
    int fileDecompressionThreads,
    int fileCompressionThreads,
    int fileFingerprintThreads,
    long uploadLimit,
    long maxJwtUses,
    long requestLogLimit,
    List<String> trustedProxies,
    Schedule schedule) {
  public ApiConfig {
    redirects = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(redirects));
    remoteDownloadBlockedCidrs = List.copyOf(remoteDownloadBlockedCidrs);
    trustedProxies = List.copyOf(trustedProxies);
  }

  /// The Unix socket that `host` names when it is no IP address.
  public Path socketFile() {
    return Path.of(host);
  }

  /// See `configuration.md` 7.
  public record Ssl(boolean enabled, boolean ktlsEnabled, String cert, String key) {
    public Path certificateFile() {
      return Path.of(cert);
    }

    public Path keyFile() {
      return Path.of(key);
    }
  }

  /// See `configuration.md` 7.
  public record FileSearchContext(long maxMatches, long maxResponseSize) {}

  /// See `configuration.md` 7.
  public record Schedule(Steps steps) {}

  /// See `configuration.md` 7.
  public record Steps(HttpRequest httpRequest) {}

  /// See `configuration.md` 7.
  public record HttpRequest(
      boolean enabled,
      int requests,
      long windowSeconds,
      long maxResponseSize,
      List<String> blockedCidrs) {
    public HttpRequest {
      blockedCidrs = List.copyOf(blockedCidrs);
    }
  }
}
