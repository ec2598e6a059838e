package dev.wings.core.config;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/// The `whole config.yml` section of the configuration (`configuration.md` 7).
public record WingsConfig(
    boolean debug,
    String appName,
    UUID uuid,
    String tokenId,
    String token,
    ApiConfig api,
    SystemConfig system,
    DockerConfig docker,
    LimitsConfig limits,
    ThrottlesConfig throttles,
    TundraConfig tundra,
    String remote,
    Map<String, String> remoteHeaders,
    RemoteQueryConfig remoteQuery,
    List<String> allowedMounts,
    List<String> allowedDevices,
    List<String> allowedOrigins,
    boolean allowCorsPrivateNetwork,
    boolean ignorePanelConfigUpdates,
    boolean ignorePanelWingsUpgrades) {
  public WingsConfig {
    remoteHeaders =
        java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(remoteHeaders));
    allowedMounts = List.copyOf(allowedMounts);
    allowedDevices = List.copyOf(allowedDevices);
    allowedOrigins = List.copyOf(allowedOrigins);
  }

  /// Names the node only: tokens and passwords never reach a log (`threats.md` LG-04).
  @Override
  public String toString() {
    return "WingsConfig[" + uuid + "]";
  }
}
