package dev.wings.core.server;

import dev.wings.core.WingsException;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.install.Installer;
import dev.wings.core.panel.PanelException;
import dev.wings.core.store.PendingInstallation;
import dev.wings.core.volume.ServerVolume;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the installations of one server and reports how they end (`panel-remote-api.md` 9). At most
/// one at a time, which the "installing" lock ensures: whoever calls has set it.
final class Installation {
  private static final Logger log = LoggerFactory.getLogger(Installation.class);

  private final UUID server;
  private final NodeServices node;
  private final ServerTasks tasks;
  private final ServerVolume volume;
  private final EventBus events;
  private final ServerVoice voice;
  private final StartSequence.Definitions definitions;
  private final Owner owner;

  private @Nullable Thread running;
  private boolean aborted;

  /// What the server does around an installation.
  interface Owner {
    /// Takes the "installing" lock away.
    void unlock();

    /// Starts the server.
    void start();

    /// The files have changed.
    void rescan();
  }

  Installation(
      UUID server,
      NodeServices node,
      ServerTasks tasks,
      ServerVolume volume,
      EventBus events,
      ServerVoice voice,
      StartSequence.Definitions definitions,
      Owner owner) {
    this.server = server;
    this.node = node;
    this.tasks = tasks;
    this.volume = volume;
    this.events = events;
    this.voice = voice;
    this.definitions = definitions;
    this.owner = owner;
  }

  /// Begins in the background.
  ///
  /// @param script null takes the egg's script from the Panel
  /// @param skip reports success without running anything
  void begin(
      @Nullable InstallationScript script,
      boolean reinstall,
      boolean skip,
      boolean startOnCompletion) {
    announce();
    run(() -> {
      if (skip) {
        finish(Installer.Outcome.SUCCESS, reinstall, startOnCompletion);
      } else {
        finish(install(script, reinstall, startOnCompletion), reinstall, startOnCompletion);
      }
    });
  }

  /// Goes on with an installation that survived a daemon restart; `then` runs at its end.
  void resume(PendingInstallation pending, Runnable then) {
    announce();
    run(() -> {
      Installer.Outcome outcome =
          node.environment()
              .installer()
              .resume(request(pending.script(), pending.reinstall()), events);
      finish(outcome, pending.reinstall(), pending.startOnCompletion());
      then.run();
    });
  }

  /// Ends a running installation; its outcome is reported as a success.
  ///
  /// @throws WingsException kind `CONFLICT` when none runs
  synchronized void abort() {
    if (running == null) {
      throw WingsException.conflict("server is not installing");
    }
    aborted = true;
    running.interrupt();
  }

  private void announce() {
    events.publish(new ServerEvent.InstallStarted());
    voice.notice("The installation of this server begins...");
  }

  private synchronized void run(Runnable work) {
    aborted = false;
    running = tasks.start("install", work);
  }

  private Installer.Outcome install(
      @Nullable InstallationScript given, boolean reinstall, boolean startOnCompletion) {
    InstallationScript script;
    try {
      script = given == null ? node.environment().panel().installationScript(server) : given;
    } catch (PanelException failure) {
      if (isAborted()) {
        return Installer.Outcome.SUCCESS;
      }
      log.atWarn().addKeyValue("server", server).setCause(failure).log("no installation script");
      return Installer.Outcome.failed("the installation script could not be fetched");
    }
    if (!prepareVolume()) {
      return Installer.Outcome.failed("the volume cannot be opened");
    }
    node.store()
        .installationBegan(server, new PendingInstallation(reinstall, script, startOnCompletion));
    return node.environment().installer().run(request(script, reinstall), events);
  }

  /// Without a volume nothing may be installed: the engine would make a plain directory in its
  /// place, which no limiter bounds.
  private boolean prepareVolume() {
    try {
      node.files()
          .run(
              server,
              volume::progress,
              () -> {
                volume.prepare();
                volume.startup();
                return null;
              });
    } catch (IOException | WingsException failure) {
      log.atWarn().addKeyValue("server", server).setCause(failure).log("volume cannot be opened");
      return false;
    } catch (InterruptedException aborted) {
      Thread.currentThread().interrupt(); // the installer obeys it
    }
    return true;
  }

  private Installer.Request request(InstallationScript script, boolean reinstall) {
    return new Installer.Request(definitions.current(), volume, script, reinstall);
  }

  private synchronized boolean isAborted() {
    return aborted;
  }

  /// `panel-remote-api.md` 9.6.
  private void finish(Installer.Outcome outcome, boolean reinstall, boolean startOnCompletion) {
    synchronized (this) {
      running = null; // from here on there is nothing left to abort
    }
    Thread.interrupted();
    owner.unlock();
    String failure = outcome.failure();
    if (failure != null) {
      log.atWarn()
          .addKeyValue("server", server)
          .addKeyValue("reason", failure)
          .log("installation failed");
    }
    node.environment().outbox().installationFinished(server, outcome.successful(), reinstall);
    node.store().installationEnded(server);
    events.publish(new ServerEvent.InstallCompleted(outcome.successful()));
    if (outcome.successful() && startOnCompletion) {
      owner.start();
    }
    owner.rescan();
  }
}
