package dev.wings.core.server;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.volume.ServerVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes everything that belongs to a server that is no longer registered (`containers.md` 20).
/// Runs on its own virtual thread.
final class Deletion {
  private static final Duration TASK_LIMIT = Duration.ofSeconds(4);
  private static final int ENGINE_ATTEMPTS = 8;

  private static final Logger log = LoggerFactory.getLogger(Deletion.class);

  private final UUID id;
  private final @Nullable ManagedServer server;
  private final ServerVolume volume;
  private final NodeServices node;

  /// @param server null when an earlier daemon has begun this deletion
  Deletion(UUID id, @Nullable ManagedServer server, NodeServices node) {
    this.id = id;
    this.server = server;
    this.volume = server == null ? node.environment().volumes().of(id) : server.volume();
    this.node = node;
  }

  void run() {
    try {
      endWork();
      if (removeFiles()) {
        node.store().deletionEnded(id);
        log.atInfo().addKeyValue("server", id).log("server deleted");
      }
    } catch (InterruptedException stopping) {
      log.atWarn().addKeyValue("server", id).log("deletion was cut short by the end of the daemon");
      Thread.currentThread().interrupt();
    } finally {
      node.store().forget(id);
    }
  }

  private void endWork() throws InterruptedException {
    if (server == null) {
      removeContainers();
    } else {
      endWork(server);
    }
  }

  private void endWork(ManagedServer server) throws InterruptedException {
    server.files().disk().cancel();
    server.tasks().interruptAll();
    removeContainers();
    server.process().detach();
    if (!server.tasks().await(TASK_LIMIT)) {
      server.tasks().interruptAll();
      log.atWarn()
          .addKeyValue("server", id)
          .addKeyValue("tasks", server.tasks().running())
          .log("work of a deleted server does not end");
    }
    // Work that was interrupted in the middle may have left another one behind.
    removeContainers();
    server.process().detach();
  }

  private void removeContainers() throws InterruptedException {
    Duration pause = Duration.ofMillis(250);
    for (int attempt = 1; ; attempt++) {
      try {
        node.environment().engine().removeAll(id);
        return;
      } catch (WingsException failure) {
        if (attempt == ENGINE_ATTEMPTS) {
          log.atError()
              .addKeyValue("server", id)
              .setCause(failure)
              .log("containers of a deleted server could not be removed");
          return;
        }
      }
      Thread.sleep(pause);
      pause = pause.multipliedBy(2);
    }
  }

  /// @return false when it has to be tried again by the next process
  private boolean removeFiles() throws InterruptedException {
    ServerEnvironment environment = node.environment();
    removeDirectory(environment.vmountDirectory().resolve(id.toString()));
    removeDirectory(environment.logDirectory().resolve(id.toString()));
    try {
      node.files()
          .run(
              id,
              volume::progress,
              () -> {
                try (volume) {
                  volume.destroy();
                }
                return null;
              });
      return true;
    } catch (IOException | WingsException failure) {
      boolean silent =
          failure instanceof WingsException known && known.kind() == ErrorKind.UPSTREAM;
      log.atError()
          .addKeyValue("server", id)
          .setCause(failure)
          .addKeyValue("again", silent)
          .log("volume of a deleted server could not be removed");
      return !silent;
    }
  }

  private void removeDirectory(Path directory) throws InterruptedException {
    try {
      node.files()
          .run(
              id,
              () -> {
                if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                  MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
                }
                return null;
              });
    } catch (IOException | WingsException failure) {
      log.atWarn()
          .addKeyValue("server", id)
          .addKeyValue("directory", directory)
          .setCause(failure)
          .log("directory of a deleted server could not be removed");
    }
  }
}
