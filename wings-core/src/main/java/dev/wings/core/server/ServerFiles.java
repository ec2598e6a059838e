package dev.wings.core.server;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.event.EventBus;
import dev.wings.core.operation.Operations;
import dev.wings.core.upload.Uploads;
import dev.wings.core.volume.FileWork;
import dev.wings.core.volume.ServerVolume;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of one server: its volume and the limit of it, the scans, and what works on files in
/// the background. Everything that touches the file system runs on the threads of [FileWork]. Safe
/// for use by many threads.
final class ServerFiles {
  private static final Duration NEVER = Duration.ofDays(36_500);
  private static final Logger log = LoggerFactory.getLogger(ServerFiles.class);

  private final UUID id;
  private final NodeServices node;
  private final ServerVolume volume;
  private final DiskUsage disk;
  private final Operations operations;
  private final Uploads uploads;

  /// Bytes above the disk limit that are allowed for now.
  private volatile long allowedExtra;

  /// @param scanned called after each scan
  ServerFiles(UUID id, NodeServices node, ServerVolume volume, EventBus events, Runnable scanned) {
    this.id = id;
    this.node = node;
    this.volume = volume;
    ServerEnvironment environment = node.environment();
    disk = new DiskUsage(id, volume, node.files(), environment.nanoTime(), scanned);
    operations =
        new Operations(
            id,
            FileEvents.operations(events),
            node.files(),
            () -> environment.config().current().limits(),
            environment.clock());
    uploads = new Uploads(FileEvents.uploads(events), environment.clock());
  }

  ServerVolume volume() {
    return volume;
  }

  DiskUsage disk() {
    return disk;
  }

  Operations operations() {
    return operations;
  }

  Uploads uploads() {
    return uploads;
  }

  void abortAll() {
    operations.abortAll();
    uploads.abortAll();
  }

  <T> T run(FileWork.Kind kind, Callable<T> work) throws IOException, InterruptedException {
    return run(kind, volume::progress, work);
  }

  /// @param progress moves while the work gets on, which is reason to wait on
  <T> T run(FileWork.Kind kind, LongSupplier progress, Callable<T> work)
      throws IOException, InterruptedException {
    return node.files().run(kind, id, progress, work);
  }

  /// Tells the volume its limit. Touches no file.
  void limit(ServerDefinition definition) {
    long limit = definition.settings().build().diskSpace() << 20;
    volume.limit(limit == 0 ? 0 : limit + allowedExtra);
  }

  /// Lets the volume take more than its limit until this is called again; for the daemon only, as
  /// [#limit].
  void allow(long extraBytes, ServerDefinition definition) {
    allowedExtra = extraBytes;
    limit(definition);
  }

  /// The same for a server that may be running: the limit holds for the game, too, in a moment.
  void changeLimit(ServerDefinition definition) {
    limit(definition);
    node.files().background(id, this::applyLimit);
  }

  /// Puts the limit into force for the game.
  void applyLimit() {
    try {
      volume.applyLimit();
    } catch (IOException | WingsException failure) {
      log.atError()
          .addKeyValue("server", id)
          .setCause(failure)
          .log("the new disk limit is not in force for the game");
    }
  }

  /// Makes the files reachable, in the background; a directory that is missing is made again.
  void open() {
    node.files().background(id, volume::progress, this::openVolume);
  }

  private void openVolume() {
    try {
      volume.prepare();
    } catch (IOException | WingsException failure) {
      log.atError().addKeyValue("server", id).setCause(failure).log("volume cannot be opened");
    }
  }

  /// Begins what containers need that use the volume.
  void startUp() {
    try {
      node.files()
          .run(
              id,
              () -> {
                volume.startup();
                return null;
              });
    } catch (IOException e) {
      throw new WingsException(ErrorKind.INTERNAL, "the volume cannot be mounted", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw WingsException.impossible("the script was interrupted");
    }
  }

  /// Removes everything inside.
  ///
  /// @throws WingsException when that was not possible
  void clear() {
    try {
      node.files()
          .run(
              id,
              volume::progress,
              () -> {
                volume.prepare();
                volume.clear();
                return null;
              });
    } catch (IOException failure) { // its text may name paths of the host: for the log only
      log.atWarn().addKeyValue("server", id).setCause(failure).log("volume could not be emptied");
      throw new WingsException(
          ErrorKind.UPSTREAM,
          "the files of the server could not be deleted, so nothing was installed",
          failure);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw WingsException.impossible("the reinstallation was interrupted");
    }
  }

  /// The first look at how much the volume uses, unless there was one.
  void scanFirst() {
    if (disk.olderThan(NEVER)) {
      disk.refresh();
    }
  }

  /// A regular scan if it is time for one, or an early one if the volume may be near its limit.
  ///
  /// @param fullEvery each so-manieth scan looks at everything
  void scanWhenDue(Duration scanInterval, int fullEvery) {
    if (disk.olderThan(scanInterval)) {
      disk.regular(fullEvery);
    } else if (volume.suspicious()) {
      disk.early();
    }
  }

  /// Closes the volume in the background.
  void close() {
    node.files().background(id, this::closeVolume);
  }

  private void closeVolume() {
    try {
      volume.close();
    } catch (RuntimeException failure) {
      log.atWarn().addKeyValue("server", id).setCause(failure).log("volume was not closed cleanly");
    }
  }
}
