package dev.wings.docker.internal.container;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.container.ExitStatus;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.OptionalInt;

/// What one inspect told about a container.
///
/// @param pid main process on the engine's host, 0 when none runs
/// @param exitCode -1 when the engine gave none
/// @param cpuQuota microseconds per period, 0 or less is unlimited
record Inspection(
    String id,
    Phase phase,
    int exitCode,
    boolean oomKilled,
    long pid,
    Instant startedAt,
    boolean tty,
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
    return new Inspection(id, Phase.MISSING, -1, false, 0, Instant.EPOCH, true, 0, 0);
  }

  static Inspection of(JsonNode answer) {
    JsonNode state = answer.path("State");
    JsonNode host = answer.path("HostConfig");
    return new Inspection(
        answer.path("Id").asText(),
        phase(state.path("Status").asText()),
        state.path("ExitCode").asInt(-1),
        state.path("OOMKilled").asBoolean(),
        state.path("Pid").asLong(),
        instant(state.path("StartedAt").asText()),
        answer.path("Config").path("Tty").asBoolean(),
        host.path("CpuQuota").asLong(),
        host.path("CpuPeriod").asLong());
  }

  private static Phase phase(String status) {
    return switch (status.toLowerCase(Locale.ROOT)) {
      case "created", "configured", "initialized" -> Phase.CREATED; // the last two are Podman's
      case "running", "restarting", "stopping" -> Phase.RUNNING;
      case "paused" -> Phase.PAUSED;
      default -> Phase.STOPPED;
    };
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
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
