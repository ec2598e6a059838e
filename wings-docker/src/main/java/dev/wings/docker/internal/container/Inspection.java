package dev.wings.docker.internal.container;

import static java.util.Objects.requireNonNullElse;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.ContainerConfig;
import com.github.dockerjava.api.model.HostConfig;
import dev.wings.core.container.ExitStatus;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// What one inspect told about a container.
///
/// @param pid main process on the engine's host, 0 when none runs
/// @param exitCode -1 when the engine gave none
/// @param networkMode as the engine names it, such as `bridge`; empty when unknown
/// @param cpuQuota microseconds per period, 0 or less is unlimited
record Inspection(
    String id,
    Phase phase,
    int exitCode,
    boolean oomKilled,
    long pid,
    Instant startedAt,
    boolean tty,
    String networkMode,
    long cpuQuota,
    long cpuPeriod) {

  /// Where the container is in its life.
  enum Phase {
    /// Not started yet; never taken for an exit.
    CREATED,
    RUNNING,
    PAUSED,
    /// Exited, dead or being removed.
    STOPPED,
    /// The engine does not know it.
    MISSING
  }

  static Inspection missing(String id) {
    return unstarted(id, Phase.MISSING, /* tty= */ true);
  }

  /// Of a container that was just created.
  static Inspection created(String id, boolean tty) {
    return unstarted(id, Phase.CREATED, tty);
  }

  private static Inspection unstarted(String id, Phase phase, boolean tty) {
    return new Inspection(id, phase, -1, false, 0, Instant.EPOCH, tty, "", 0, 0);
  }

  /// @throws EngineException of kind [Failure#MALFORMED] when the answer names no container or no
  ///   state
  static Inspection of(InspectContainerResponse answer) {
    ContainerState state = answer.getState();
    if (answer.getId() == null || state == null || state.getStatus() == null) {
      throw new EngineException(
          Failure.MALFORMED, 0, "the container engine does not tell the container's state", null);
    }
    ContainerConfig config = answer.getConfig();
    HostConfig host = answer.getHostConfig();
    return new Inspection(
        answer.getId(),
        phase(state.getStatus()),
        requireNonNullElse(state.getExitCodeLong(), -1L).intValue(),
        Boolean.TRUE.equals(state.getOOMKilled()),
        requireNonNullElse(state.getPidLong(), 0L),
        instant(state.getStartedAt()),
        config != null && Boolean.TRUE.equals(config.getTty()),
        host == null ? "" : requireNonNullElse(host.getNetworkMode(), ""),
        host == null ? 0 : requireNonNullElse(host.getCpuQuota(), 0L),
        host == null ? 0 : requireNonNullElse(host.getCpuPeriod(), 0L));
  }

  private static Phase phase(String status) {
    return switch (status.toLowerCase(Locale.ROOT)) {
      case "created", "configured", "initialized" -> Phase.CREATED; // the last two are Podman's
      case "running", "restarting", "stopping" -> Phase.RUNNING;
      case "paused" -> Phase.PAUSED;
      default -> Phase.STOPPED;
    };
  }

  private static Instant instant(@Nullable String text) {
    try {
      return text == null ? Instant.EPOCH : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH; // never started
    }
  }

  boolean alive() {
    return phase == Phase.RUNNING || phase == Phase.PAUSED;
  }

  boolean over() {
    return phase == Phase.STOPPED || phase == Phase.MISSING;
  }

  /// How it ended; the code of the wait call fills in when the container is already gone.
  ExitStatus exit(OptionalInt waited) {
    return phase == Phase.MISSING
        ? new ExitStatus(waited.orElse(-1), false)
        : new ExitStatus(exitCode, oomKilled);
  }
}
