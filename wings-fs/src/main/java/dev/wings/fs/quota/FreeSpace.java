package dev.wings.fs.quota;

import dev.wings.fs.linux.FileSystemStatus;
import dev.wings.fs.sandbox.DiskLimitException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the free space of one file system once a second, every few seconds while nobody asks.
///
/// It keeps the [SpaceReserve]: below it no heavy writes begin or go on, below a quarter of it
/// nothing is written any more, except by what does not ask. And it sums up how much space the file
/// system lost, which bounds what any single volume on it can have grown.
public final class FreeSpace implements AutoCloseable {
  /// What a writer may write in any case, such as a configuration file.
  static final long LIGHT_BYTES = 1 << 20;

  private static final long MIB = 1 << 20;
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration CALM_INTERVAL = Duration.ofSeconds(5);
  private static final Duration ATTENTION = Duration.ofSeconds(10);
  private static final Logger log = LoggerFactory.getLogger(FreeSpace.class);

  private final Probe probe;
  private final Function<FileSystemStatus, SpaceReserve> reserves;
  private final LongSupplier nanoTime;
  private final AtomicLong lost = new AtomicLong();
  private final Thread thread;
  private volatile @Nullable FileSystemStatus status;
  private volatile boolean low;
  private volatile long askedAt;

  /// Looks at a file system.
  @FunctionalInterface
  public interface Probe {
    FileSystemStatus look() throws IOException;
  }

  /// Looks only when told to; for tests.
  FreeSpace(Probe probe, Function<FileSystemStatus, SpaceReserve> reserves, LongSupplier nanoTime) {
    this.probe = probe;
    this.reserves = reserves;
    this.nanoTime = nanoTime;
    this.askedAt = nanoTime.getAsLong();
    this.thread = Thread.ofPlatform().daemon().name("wings-free-space").unstarted(this::run);
  }

  /// Starts to look, with the default reserve.
  public static FreeSpace start(Probe probe) {
    return start(probe, SpaceReserve::of);
  }

  /// Starts to look.
  public static FreeSpace start(Probe probe, Function<FileSystemStatus, SpaceReserve> reserves) {
    FreeSpace space = new FreeSpace(probe, reserves, System::nanoTime);
    space.look();
    space.thread.start();
    return space;
  }

  private void run() {
    try {
      while (true) {
        boolean asked = nanoTime.getAsLong() - askedAt < ATTENTION.toNanos();
        TimeUnit.NANOSECONDS.sleep((asked || low ? INTERVAL : CALM_INTERVAL).toNanos());
        look();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /// Looks now.
  void look() {
    try {
      FileSystemStatus now = probe.look();
      FileSystemStatus before = status;
      status = now;
      if (before != null && now.freeBytes() < before.freeBytes()) {
        lost.addAndGet(before.freeBytes() - now.freeBytes());
      }
      boolean isLow = problem().isPresent();
      if (isLow != low) {
        low = isLow;
        log.atWarn()
            .addKeyValue("freeMiB", now.availableBytes() / MIB)
            .addKeyValue("freeInodes", now.freeInodes())
            .log(isLow ? "the disk is nearly full, heavy writes are refused" : "the disk has room");
      }
    } catch (IOException e) {
      log.atDebug().setCause(e).log("free space is not known");
    }
  }

  /// Bytes that the file system has lost since the start, what became free in between not deducted.
  /// The most that one volume can have grown. Never blocks.
  public long lost() {
    askedAt = nanoTime.getAsLong();
    return lost.get();
  }

  /// One sentence for the operator while the reserve is touched. Never blocks.
  public Optional<String> problem() {
    FileSystemStatus now = status;
    if (now == null) {
      return Optional.empty();
    }
    SpaceReserve reserve = reserves.apply(now);
    if (now.availableBytes() < reserve.bytes()) {
      return Optional.of(
          "only %d MiB of %d MiB are free where the servers' files are, %d MiB are kept in reserve"
              .formatted(
                  now.availableBytes() / MIB, now.totalBytes() / MIB, reserve.bytes() / MIB));
    }
    if (now.totalInodes() > 0 && now.freeInodes() < reserve.inodes()) {
      return Optional.of(
          "only %d of %d inodes are free where the servers' files are, %d are kept in reserve"
              .formatted(now.freeInodes(), now.totalInodes(), reserve.inodes()));
    }
    return Optional.empty();
  }

  /// Lets a write pass unless the reserve forbids it. Never blocks.
  ///
  /// @param bytes about to be written
  /// @param before written by the same writer before
  /// @throws DiskLimitException when they are too much for the space that is left
  public void require(long bytes, long before) throws DiskLimitException {
    if (!low) {
      FileSystemStatus now = status;
      if (now == null || bytes <= LIGHT_BYTES || bytes <= now.availableBytes()) {
        return;
      }
      throw new DiskLimitException(
          "the node has only %d MiB of disk space left".formatted(now.availableBytes() / MIB));
    }
    FileSystemStatus now = status;
    if (now == null) {
      return;
    }
    SpaceReserve reserve = reserves.apply(now);
    boolean light = bytes <= LIGHT_BYTES && before <= LIGHT_BYTES - bytes;
    boolean room =
        now.availableBytes() >= reserve.bytes() / 4
            && (now.totalInodes() == 0 || now.freeInodes() >= reserve.inodes() / 4);
    if (!light || !room) {
      throw new DiskLimitException(
          "the node is low on disk space, only %d MiB are left"
              .formatted(now.availableBytes() / MIB));
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
