package dev.wings.core.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/// The `docker` section of the configuration (`configuration.md` 7).
public record DockerConfig(
    String socket,
    boolean serverNameInContainerName,
    boolean deleteContainerOnStop,
    Network network,
    Firewall firewall,
    Bandwidth bandwidth,
    String domainname,
    Map<String, Registry> registries,
    RegistryImageFetchCache registryImageFetchCache,
    long tmpfsSize,
    long shmSize,
    long containerPidLimit,
    boolean containerApplySeccomp,
    String containerApparmorProfile,
    List<Ulimit> containerUlimits,
    Map<String, String> containerSysctls,
    boolean numaMemoryBinding,
    long cpuPeriod,
    CfsBurst cfsBurst,
    StartupBoost startupBoost,
    RuntimeBoost runtimeBoost,
    Lxcfs lxcfs,
    InstallerLimits installerLimits,
    Overhead overhead,
    String usernsMode,
    LogConfig logConfig) {
  public DockerConfig {
    registries = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(registries));
    containerUlimits = List.copyOf(containerUlimits);
    containerSysctls =
        java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(containerSysctls));
  }

  /// See `configuration.md` 7.
  public record Network(
      @JsonProperty("interface") String interfaceAddress,
      boolean disableInterfaceBinding,
      List<String> dns,
      List<String> dnsOptions,
      String name,
      boolean ispn,
      String driver,
      String mode,
      boolean isInternal,
      boolean enableIcc,
      long networkMtu,
      Interfaces interfaces) {
    public Network {
      dns = List.copyOf(dns);
      dnsOptions = List.copyOf(dnsOptions);
    }
  }

  /// See `configuration.md` 7.
  public record Interfaces(Interface v4, Interface v6) {}

  /// See `configuration.md` 7.
  public record Interface(boolean enabled, String subnet, String gateway) {}

  /// See `configuration.md` 7.
  public record Firewall(
      FirewallBackend backend, int sourceFileMaxEntries, long sourceFileMaxBytes) {}

  /// See `configuration.md` 7.
  public record Bandwidth(boolean enabled) {}

  /// See `configuration.md` 7.
  public record Registry(String username, String password) {
    /// The user only.
    @Override
    public String toString() {
      return "Registry[" + username + "]";
    }
  }

  /// See `configuration.md` 7.
  public record RegistryImageFetchCache(
      boolean enabled, long duration, boolean backgroundRefresh) {}

  /// See `configuration.md` 7.
  public record Ulimit(String name, long soft, long hard) {}

  /// See `configuration.md` 7.
  public record CfsBurst(boolean enabled, double multiple) {}

  /// See `configuration.md` 7.
  public record StartupBoost(boolean enabled, long timeout, int maxConcurrent) {}

  /// See `configuration.md` 7.
  public record RuntimeBoost(
      boolean enabled,
      long threshold,
      long sustained,
      double multiple,
      long duration,
      long cooldown,
      int maxConcurrent) {}

  /// See `configuration.md` 7.
  public record Lxcfs(boolean enabled, String directory) {}

  /// See `configuration.md` 7.
  public record InstallerLimits(long timeout, long memory, long cpu) {}

  /// See `configuration.md` 7.
  public record Overhead(
      @JsonProperty("override") boolean overridden,
      double defaultMultiplier,
      Map<String, Double> multipliers) {
    public Overhead {
      multipliers =
          java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(multipliers));
    }
  }

  /// See `configuration.md` 7.
  public record LogConfig(String type, Map<String, String> config) {
    public LogConfig {
      config = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(config));
    }
  }

  /// See `configuration.md` 6.
  public enum FirewallBackend implements WireName {
    @JsonProperty("auto")
    AUTO("auto"),
    @JsonProperty("nftables")
    NFTABLES("nftables"),
    @JsonProperty("iptables")
    IPTABLES("iptables"),
    @JsonProperty("container")
    CONTAINER("container"),
    @JsonProperty("disabled")
    DISABLED("disabled");
    private final String wireName;

    FirewallBackend(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }
  }
}
