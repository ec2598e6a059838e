package dev.wings.fs.archive.read;

import dev.wings.core.operation.Progress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// Counts what one extraction reads and writes, and ends it at a limit or when it was aborted.
/// Asked at every buffer that goes in or out, by all of its threads.
final class Guard implements Meter {
  /// Nobody is told of what is read.
  static final LongConsumer UNWATCHED = _ -> {};

  private final ExtractionLimits limits;
  private final long archiveBytes;
  private final Progress progress;
  private final LongSupplier nanoTime;
  private final long started;
  private final LongConsumer read;

  private final AtomicLong in = new AtomicLong();
  private final AtomicLong out = new AtomicLong();
  private final AtomicLong entries = new AtomicLong();
  private final AtomicLong metadata = new AtomicLong();
  private final AtomicLong kept = new AtomicLong();
  private volatile long lastMove;
  private volatile boolean stopped;

  Guard(ExtractionLimits limits, long archiveBytes, Progress progress, LongSupplier nanoTime) {
    this(limits, archiveBytes, progress, nanoTime, UNWATCHED);
  }

  /// @param archiveBytes size of the archive: parts that are read again count once
  /// @param read told of the bytes of the archive; may wait
  Guard(
      ExtractionLimits limits,
      long archiveBytes,
      Progress progress,
      LongSupplier nanoTime,
      LongConsumer read) {
    this.read = read;
    this.limits = limits;
    this.archiveBytes = archiveBytes;
    this.progress = progress;
    this.nanoTime = nanoTime;
    this.started = nanoTime.getAsLong();
    this.lastMove = started;
  }

  ExtractionLimits limits() {
    return limits;
  }

  Progress progress() {
    return progress;
  }

  @Override
  public void in(long bytes) throws ArchiveException {
    in.addAndGet(bytes);
    read.accept(bytes);
    move();
  }

  /// Bytes have come out of a decoder.
  void out(long bytes) throws ArchiveException {
    long total = out.addAndGet(bytes);
    if (total > limits.ratioFloorBytes()) {
      long most =
          saturatedProduct(Math.clamp(in.get(), 1, Math.max(1, archiveBytes)), limits.ratio());
      if (total > most) {
        throw new ArchiveLimitException(
            "the archive expands to more than %d times its size".formatted(limits.ratio()));
      }
    }
    move();
  }

  /// Bytes have come out of a decoder that nobody wants. They count as any others: an archive that
  /// only keeps a decoder busy is one, too.
  void skipped(long bytes) throws ArchiveException {
    out(bytes);
  }

  private static long saturatedProduct(long bytes, int factor) {
    return bytes > Long.MAX_VALUE / factor ? Long.MAX_VALUE : bytes * factor;
  }

  /// One more entry.
  void entry() throws ArchiveException {
    if (entries.incrementAndGet() > limits.entries()) {
      throw tooManyEntries();
    }
    move();
  }

  /// Refuses an index that announces more entries than are allowed, before it is read.
  void announced(long announcedEntries) throws ArchiveLimitException {
    if (announcedEntries > limits.entries()) {
      throw tooManyEntries();
    }
  }

  private ArchiveLimitException tooManyEntries() {
    return new ArchiveLimitException(
        "the archive has more than %d entries".formatted(limits.entries()));
  }

  /// Names, headers or tables are about to be read or kept.
  void metadata(long bytes) throws ArchiveLimitException {
    if (bytes < 0 || metadata.addAndGet(bytes) > limits.metadataBytes()) {
      throw new ArchiveLimitException(
          "names and headers of the archive take more than %d MiB"
              .formatted(limits.metadataBytes() >> 20));
    }
  }

  /// A name has to be remembered.
  void kept(long bytes) throws ArchiveLimitException {
    if (kept.addAndGet(bytes) > limits.keptBytes()) {
      throw new ArchiveLimitException(
          "the archive has too many links, directories or other names to remember");
    }
  }

  void depth(int directories) throws ArchiveLimitException {
    if (directories > limits.depth()) {
      throw new ArchiveLimitException(
          "the archive has directories nested more than %d deep".formatted(limits.depth()));
    }
  }

  /// Something was done, with or without bytes.
  void move() throws ArchiveException {
    check();
    lastMove = nanoTime.getAsLong();
  }

  /// Ends the other threads of an extraction that has failed.
  void stop() {
    stopped = true;
  }

  /// @throws dev.wings.core.operation.OperationAbortedException when it was aborted
  void check() throws ArchiveException {
    progress.check();
    if (stopped) {
      throw new ArchiveException("stopped");
    }
    long now = nanoTime.getAsLong();
    if (now - started > limits.ceiling().toNanos()) {
      throw new ArchiveLimitException(
          "reading the archive takes more than %d minutes".formatted(limits.ceiling().toMinutes()));
    }
    if (now - lastMove > limits.stall().toNanos()) {
      throw new ArchiveLimitException(
          "reading the archive made no progress for %d seconds"
              .formatted(limits.stall().toSeconds()));
    }
  }
}
