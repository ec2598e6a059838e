package dev.wings.core.server;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.PullListener;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.panel.PanelException;
import dev.wings.core.volume.ServerVolume;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What has to happen before a process can run (`containers.md` 17.2). Runs on a virtual thread;
/// interrupting it cancels the sequence between and, where the engine allows it, within its steps.
final class StartSequence {
  /// A Panel that is slow or away must not keep a server from starting.
  private static final Duration PANEL_PATIENCE = Duration.ofSeconds(3);

  private static final Duration SCAN_PATIENCE = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(StartSequence.class);

  private final UUID server;
  private final NodeServices node;
  private final ServerVolume volume;
  private final DiskUsage disk;
  private final ServerVoice voice;
  private final EventBus events;
  private final ServerTasks tasks;
  private final Definitions definitions;

  /// The definition of the server, and how to replace it.
  interface Definitions {
    ServerDefinition current();

    /// Takes a definition that the Panel has just sent. "Pending restart" is not touched.
    void refreshed(ServerDefinition definition);

    /// Why the server must not start.
    Optional<String> refusal();
  }

  StartSequence(
      UUID server,
      NodeServices node,
      ServerVolume volume,
      DiskUsage disk,
      ServerVoice voice,
      EventBus events,
      ServerTasks tasks,
      Definitions definitions) {
    this.server = server;
    this.node = node;
    this.volume = volume;
    this.disk = disk;
    this.voice = voice;
    this.events = events;
    this.tasks = tasks;
    this.definitions = definitions;
  }

  /// Does everything up to the created and attached container; starting it is left to the caller,
  /// who then owns it.
  ///
  /// @param removeOld a container of an earlier run may exist
  /// @param listener makes the listener for the definition in force
  ContainerHandle prepare(boolean removeOld, Function<ServerDefinition, ContainerListener> listener)
      throws InterruptedException {
    CompletableFuture<Optional<ServerDefinition>> fresh = fetchDefinition();
    prepareVolume();
    if (removeOld) {
      node.environment().engine().removeAll(server);
    }
    refresh(fresh);
    checkAllowed();
    WingsConfig config = node.environment().config().current();
    ServerDefinition definition = definitions.current();
    checkDisk(config);
    writeConfigFiles(config, definition);
    if (config.system().checkPermissionsOnBoot() && volume.ownershipMayDiffer()) {
      repairOwnership();
    }
    ContainerRequest request =
        new ContainerRequest.ServerProcess(definition.settings(), volume.hostPath());
    node.environment().engine().ensureImage(request.image(), new PullReporter());
    stopIfCancelled();
    prepareVolume(); // whoever exchanged the directory meanwhile gains nothing (threats.md CT-06)
    return node.environment().engine().create(request, listener.apply(definition));
  }

  private CompletableFuture<Optional<ServerDefinition>> fetchDefinition() {
    CompletableFuture<Optional<ServerDefinition>> result = new CompletableFuture<>();
    tasks.start(
        "refresh",
        () -> {
          try {
            result.complete(node.environment().panel().server(server));
          } catch (PanelException away) {
            result.completeExceptionally(away);
          }
        });
    return result;
  }

  private void prepareVolume() throws InterruptedException {
    long limit = definitions.current().settings().build().diskSpace() << 20;
    try {
      node.files()
          .run(
              server,
              volume::progress,
              () -> {
                volume.limit(limit);
                volume.prepare();
                volume.startup();
                return null;
              });
    } catch (IOException e) {
      throw new WingsException(
          ErrorKind.INTERNAL, "volume of server " + server + " cannot be prepared", e);
    }
  }

  /// The container is gone.
  void shutdownVolume() {
    try {
      node.files()
          .run(
              server,
              () -> {
                volume.shutdown();
                return null;
              });
    } catch (IOException | WingsException failure) {
      log.atWarn()
          .addKeyValue("server", server)
          .setCause(failure)
          .log("the limiter of the volume was not shut down");
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void refresh(CompletableFuture<Optional<ServerDefinition>> fresh)
      throws InterruptedException {
    try {
      fresh
          .get(PANEL_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .ifPresentOrElse(
              definitions::refreshed,
              () ->
                  log.atWarn()
                      .addKeyValue("server", server)
                      .log("the panel does not know this server, starting it as it was known"));
    } catch (TimeoutException slow) {
      log.atWarn()
          .addKeyValue("server", server)
          .log("the panel is slow, starting with the last known definition");
    } catch (ExecutionException away) {
      log.atWarn()
          .addKeyValue("server", server)
          .addKeyValue("reason", away.getCause())
          .log("the panel is away, starting with the last known definition");
    }
  }

  private void checkAllowed() throws InterruptedException {
    stopIfCancelled();
    Optional<String> refusal = definitions.refusal();
    if (refusal.isPresent()) {
      throw WingsException.conflict(refusal.get());
    }
  }

  private void checkDisk(WingsConfig config) throws InterruptedException {
    Duration interval = Duration.ofSeconds(Math.max(1, config.system().diskCheckInterval()));
    if (disk.olderThan(interval)) {
      if (volume.limitBytes() > 0) {
        voice.line("Measuring the disk usage of this server...");
        disk.refreshAndWait(interval.compareTo(SCAN_PATIENCE) < 0 ? interval : SCAN_PATIENCE);
      } else {
        disk.refresh(); // nothing depends on it
      }
    }
    if (volume.full()) {
      throw new WingsException(
          ErrorKind.OUT_OF_SPACE,
          "server uses %d MiB of its disk limit of %d MiB"
              .formatted(volume.usedBytes() >> 20, volume.limitBytes() >> 20));
    }
  }

  private void writeConfigFiles(WingsConfig config, ServerDefinition definition)
      throws InterruptedException {
    if (definition.process().configs().isEmpty()) {
      return;
    }
    voice.line("Updating the configuration files of this server...");
    String address = config.docker().network().interfaceAddress();
    try {
      List<String> problems =
          node.files()
              .run(
                  server,
                  () ->
                      node.environment().configFiles().rewrite(volume.root(), definition, address));
      problems.forEach(voice::line);
    } catch (IOException | WingsException failure) {
      if (failure instanceof WingsException silent && silent.kind() == ErrorKind.UPSTREAM) {
        throw silent; // a file system that does not answer does not carry a game either
      }
      log.atWarn()
          .addKeyValue("server", server)
          .setCause(failure)
          .log("configuration files were not updated");
    }
    stopIfCancelled();
  }

  private void repairOwnership() throws InterruptedException {
    voice.line("Checking the owner of all files of this server...");
    try {
      node.files().run(server, volume::progress, volume::repairOwnership);
    } catch (IOException e) {
      throw new WingsException(
          ErrorKind.INTERNAL, "ownership of the volume of server " + server, e);
    }
    stopIfCancelled();
  }

  private static void stopIfCancelled() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /// Tells the console about a pull.
  private final class PullReporter implements PullListener {
    @Override
    public void started(String image) {
      voice.line("Pulling the container image, this can take some minutes...");
    }

    @Override
    public void layerProgress(String layer, boolean extracting, long processed, long total) {
      events.publish(new ServerEvent.ImagePullProgress(layer, extracting, processed, total));
    }

    @Override
    public void layerCompleted(String layer) {
      events.publish(new ServerEvent.ImagePullCompleted(layer));
    }

    @Override
    public void statusLine(String line) {
      events.publish(new ServerEvent.InstallOutput(List.of(line)));
    }

    @Override
    public void failed(String message, boolean localImageUsed) {
      voice.error(
          localImageUsed
              ? "The container image could not be pulled, the local copy is used: " + message
              : "The container image could not be pulled: " + message);
    }

    @Override
    public void finished(String image) {
      voice.line("The container image has been pulled.");
    }
  }
}
