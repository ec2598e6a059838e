package dev.wings.core.server;

import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import dev.wings.core.config.SystemConfig.CrashDetection;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.definition.ServerSettings;
import dev.wings.core.json.Json;
import dev.wings.core.power.PowerEffect;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.PowerSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the state machine of one server wants done, handed on to whoever does it.
final class PowerDuties implements PowerOwner.Duties {
  private static final Logger log = LoggerFactory.getLogger(PowerDuties.class);

  private final ManagedServer server;
  private final NodeServices node;
  private final ServerVoice voice;

  PowerDuties(ManagedServer server, NodeServices node, ServerVoice voice) {
    this.server = server;
    this.node = node;
    this.voice = voice;
  }

  @Override
  public PowerSettings settings() {
    WingsConfig config = node.environment().config().current();
    CrashDetection crashes = config.system().crashDetection();
    ServerSettings.AutoKill autoKill = server.definition().settings().autoKill();
    return new PowerSettings(
        autoKill.active() ? Duration.ofSeconds(autoKill.seconds()) : Duration.ZERO,
        crashes.enabled(),
        crashes.detectCleanExitAsCrash(),
        Duration.ofSeconds(crashes.timeout()),
        config.docker().deleteContainerOnStop());
  }

  @Override
  public void carryOut(PowerEffect effect) {
    switch (effect) {
      case PowerEffect.StateEntered entered -> server.enter(entered.state());
      case PowerEffect.RunStart start -> server.process().start(start.run(), start.reason());
      case PowerEffect.CancelStart cancel -> server.process().cancelStart(cancel.run());
      case PowerEffect.SearchContainer search -> server.process().search(search.run());
      case PowerEffect.DeliverStop stop -> server.process().deliverStop(stop.run());
      case PowerEffect.Kill kill -> server.process().kill(kill.run());
      case PowerEffect.Release release -> server.process().release(release.run(), release.remove());
      case PowerEffect.JudgeExit judge -> server.process().judge(judge.run());
      case PowerEffect.CrashDetected crash -> crashed(crash.status());
      case PowerEffect.CrashLoop loop ->
          voice.line(
              "The last crash was %d seconds ago, the server is not started again."
                  .formatted(loop.sincePrevious().toSeconds()));
      case PowerEffect.EngineEvent _ ->
          voice.line("The container engine has ended this server, starting it again...");
      case PowerEffect.KillAnnounced kill ->
          voice.notice(
              "The server will be killed in %d seconds unless it stops."
                  .formatted(kill.delay().toSeconds()));
      case PowerEffect.StartGivenUp given -> voice.error("Start failed", given.reason());
      case PowerEffect.Succeeded _,
          PowerEffect.Failed _,
          PowerEffect.Arm _,
          PowerEffect.Disarm _,
          PowerEffect.ArmPatience _ -> {} // carried out by the owner itself
    }
  }

  private void crashed(ExitStatus status) {
    log.atWarn()
        .addKeyValue("server", server.id())
        .addKeyValue("exitCode", status.exitCode())
        .addKeyValue("oomKilled", status.oomKilled())
        .log("server crashed");
    voice.line("---------- The server process has crashed ----------");
    voice.line("Exit code: " + status.exitCode());
    voice.line("Out of memory: " + status.oomKilled());
    var metadata =
        Json.mapper()
            .createObjectNode()
            .put("exit_code", status.exitCode())
            .put("oom_killed", status.oomKilled());
    // Recording may wait for the disk.
    server
        .tasks()
        .start("activity", () -> server.record(Actor.SYSTEM, "server:crash.detected", metadata));
  }

  @Override
  public void ended(PowerRequest request, @Nullable WingsException failure) {
    if (failure == null) {
      if (request.checked() && request.actor().user() != null) {
        server.record(request.actor(), "server:power." + request.action().wireName(), null);
      }
      return;
    }
    log.atInfo()
        .addKeyValue("server", server.id())
        .addKeyValue("action", request.action().wireName())
        .addKeyValue("reason", failure.getMessage())
        .log("power request failed");
    if (!request.checked()) {
      // Whoever checks also tells its user; the others have only the console.
      voice.error("Power action " + request.action().wireName() + " failed", failure);
    }
  }
}
