package dev.wings.fs.archive.write;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Adds up, beside the making of an archive, what that will read: sizes of files, and lengths of
/// directories and links. When it is done its progress expects that.
public final class Measurement implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Measurement.class);

  private final Progress own = new Progress();
  private final Thread thread;

  private Measurement(ArchiveSource source, Progress progress) {
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("wings-archive-measure")
            .start(() -> measure(source, progress));
  }

  /// Starts on a thread of its own, which ends with the work or with [#close].
  public static Measurement start(ArchiveSource source, Progress progress) {
    return new Measurement(requireNonNull(source, "source"), requireNonNull(progress, "progress"));
  }

  private void measure(ArchiveSource source, Progress progress) {
    long[] sum = new long[1];
    try {
      SourceTree.of(source)
          .walk(SourceTree.Depth.SIZES, entry -> sum[0] += entry.size(), new Findings(), own);
      progress.expect(sum[0]);
    } catch (OperationAbortedException ended) {
      // the archive was made first
    } catch (IOException unreadable) {
      log.atDebug().setCause(unreadable).log("size of an archive stays unknown");
    }
  }

  /// Ends the work and waits for its thread.
  @Override
  public void close() {
    own.cancel();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // it ends at its next entry
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
