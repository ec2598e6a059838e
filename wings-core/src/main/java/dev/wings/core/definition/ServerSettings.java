package dev.wings.core.definition;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The `settings` object of a server definition (`panel-remote-api.md` 3). Absent members have the
/// defaults of that table; collections are immutable and keep the order of the document.
///
/// @param startOnCompletion start the server after its first installation; set locally from the
///   create request
/// @param invocation start command, unexpanded
/// @param entrypoint overrides the image's entrypoint, null keeps it
/// @param environment egg variables; values are JSON scalars
/// @param backups ids of all backups the Panel knows, failed and deleted ones included
/// @param schedules schedule documents, verbatim (`panel-remote-api.md` 4)
public record ServerSettings(
    UUID uuid,
    @Nullable Boolean startOnCompletion,
    Meta meta,
    boolean suspended,
    String invocation,
    boolean skipEggScripts,
    @Nullable List<String> entrypoint,
    Map<String, JsonNode> environment,
    Map<String, String> labels,
    List<UUID> backups,
    List<JsonNode> schedules,
    Allocations allocations,
    Build build,
    List<Mount> mounts,
    List<Device> devices,
    List<JsonNode> firewall,
    Egg egg,
    ContainerOptions container,
    AutoKill autoKill,
    AutoStart autoStartBehavior,
    Features features) {

  public record Meta(String name, String description) {}

  /// @param mappings allocation address to its ports, the default allocation included
  public record Allocations(
      boolean forceOutgoingIp,
      @Nullable Allocation defaultAllocation,
      Map<String, List<Integer>> mappings) {
    public Optional<Allocation> primary() {
      return Optional.ofNullable(defaultAllocation);
    }
  }

  public record Allocation(String ip, int port) {}

  /// @param memoryLimit MiB, 0 is unlimited
  /// @param overheadMemory MiB that the server does not see
  /// @param swap MiB, 0 is none, -1 is unlimited
  /// @param ioWeight 10 to 1000, null is unset
  /// @param cpuLimit percent of one core, 0 is unlimited
  /// @param diskSpace MiB, 0 is unlimited
  /// @param threads CPU list such as `0,2-3`, null is all
  /// @param bandwidth null when the Panel did not send it
  public record Build(
      long memoryLimit,
      long overheadMemory,
      long swap,
      @Nullable Integer ioWeight,
      long cpuLimit,
      long diskSpace,
      @Nullable String threads,
      boolean oomDisabled,
      @Nullable Bandwidth bandwidth) {}

  /// Bits per second, 0 is unlimited.
  public record Bandwidth(long upload, long download) {}

  public record Mount(String source, String target, boolean readOnly) {}

  /// @param permissions combination of `r`, `w` and `m`
  public record Device(String source, String target, String permissions) {}

  public record Egg(UUID id, List<String> fileDenylist) {}

  /// @param image as sent; a trailing (or, from Pterodactyl, leading) `~` means "never pull"
  public record ContainerOptions(
      String image,
      @Nullable String timezone,
      boolean hugepagesPassthrough,
      boolean kvmPassthrough,
      List<String> seccompRemoveAllowed) {}

  /// @param seconds patience before the kill; active only when enabled and above 0
  public record AutoKill(boolean enabled, long seconds) {
    public boolean active() {
      return enabled && seconds > 0;
    }
  }

  public enum AutoStart {
    ALWAYS("always"),
    UNLESS_STOPPED("unless_stopped"),
    NEVER("never");

    private final String wireName;

    AutoStart(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }
  }

  /// Per-server overrides of node settings; null members mean "as the node".
  public record Features(
      @Nullable StartupCpuBoost startupCpuBoost, @Nullable RuntimeCpuBoost runtimeCpuBoost) {}

  public record StartupCpuBoost(boolean enabled, @Nullable Long timeout) {}

  public record RuntimeCpuBoost(
      boolean enabled,
      @Nullable Long threshold,
      @Nullable Long sustained,
      @Nullable Long duration,
      @Nullable Long cooldown,
      @Nullable Double multiple) {}
}
