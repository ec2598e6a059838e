package dev.wings.fs.archive.write;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.Compression;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// Makes archives (`filesystem.md` 14). A tree that changes meanwhile never damages one: each entry
/// has exactly the length that its header promised, and an [ArchiveReport] names what was clipped
/// or has gone.
///
/// All archives of one writer share an amount of memory. Each takes what one worker needs and waits
/// for it, and further workers only as far as there is more: with `best_speed` a worker takes 4 to
/// 10 MiB (12 to 25 MiB of the heap with xz, lzip and 7z), with `best_compression` up to 80 MiB.
/// Beside that an archive holds 30 bytes for each entry when it is a zip or 7z, and the name of
/// each inode with several names, of which it remembers 50,000, when it is a tar.
public final class ArchiveWriter {
  private static final int MIB = 1 << 20;
  private static final long CANCEL_POLL_MILLIS = 50;

  private final Semaphore memory;
  private final int memoryMib;
  private final RandomGenerator random;

  /// @param memoryBytes for all archives that are made at the same time
  /// @param random for names of files that are not complete yet
  public ArchiveWriter(long memoryBytes, RandomGenerator random) {
    this.memoryMib = Math.toIntExact(Math.max(1, memoryBytes / MIB));
    this.memory = new Semaphore(memoryMib, /* fair= */ true);
    this.random = requireNonNull(random, "random");
  }

  /// Writes to a stream, which stays open and is not flushed.
  ///
  /// @param settings a format that is [ArchiveFormat#streamable]
  /// @throws OperationAbortedException when `progress` was cancelled
  /// @throws IOException when the root cannot be read, or the target fails; what was written by
  ///   then is no archive
  public ArchiveReport write(
      ArchiveSource source, ArchiveSettings settings, OutputStream target, Progress progress)
      throws IOException {
    return write(source, settings, Target.channel(target), progress);
  }

  /// The same of entries that come from anywhere.
  public ArchiveReport write(
      SourceTree source, ArchiveSettings settings, OutputStream target, Progress progress)
      throws IOException {
    return write(source, settings, Target.channel(target), progress);
  }

  /// The same to a channel. 7z needs a [SeekableByteChannel] and begins where that stands.
  public ArchiveReport write(
      ArchiveSource source,
      ArchiveSettings settings,
      WritableByteChannel channel,
      Progress progress)
      throws IOException {
    return write(SourceTree.of(source), settings, channel, progress);
  }

  private ArchiveReport write(
      SourceTree source, ArchiveSettings settings, WritableByteChannel channel, Progress progress)
      throws IOException {
    boolean streamable = settings.format().streamable();
    if (!streamable && !(channel instanceof SeekableByteChannel)) {
      throw new IllegalArgumentException(
          "channel of a " + settings.format().extension() + " archive (expected: seekable)");
    }
    CodecPlan plan = plan(settings);
    int workers = settings.workers();
    int taken = take(mib(1, plan), progress);
    int granted = 1;
    try {
      while (granted < workers && memory.tryAcquire(mib(granted + 1, plan) - taken)) {
        taken = mib(++granted, plan);
      }
      return new Run(source, settings, plan, granted, channel, progress).run();
    } finally {
      memory.release(taken);
    }
  }

  private int mib(int workers, CodecPlan plan) {
    long needed = (Pipeline.bytes(workers, plan) + MIB - 1) / MIB;
    return (int) (workers == 1 ? Math.min(needed, memoryMib) : needed);
  }

  private int take(int mib, Progress progress) {
    try {
      while (!memory.tryAcquire(mib, CANCEL_POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        progress.check();
      }
      return mib;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }

  private static CodecPlan plan(ArchiveSettings settings) {
    return switch (settings.format().container()) {
      case TAR -> CodecPlan.of(settings.format().compression(), settings.level());
      case ZIP -> CodecPlan.of(Compression.GZ, settings.level());
      case SEVEN_ZIP -> CodecPlan.lzma2(settings.level());
      case ITAF -> throw new IllegalArgumentException("format: itaf (expected: a writable one)");
    };
  }

  /// Writes to a file, which appears only when it is complete and replaces one of that name. A
  /// failure leaves nothing behind. In a sandbox the quota is charged as the archive grows.
  ///
  /// @param file its directory exists
  /// @throws IOException as [#write(ArchiveSource, ArchiveSettings, OutputStream, Progress)]; a
  ///   [FileSystemException] when `file` is a directory
  public ArchiveReport writeFile(
      ArchiveSource source, ArchiveSettings settings, Path file, Progress progress)
      throws IOException {
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(file.toString(), null, "is a directory");
    }
    byte[] unique = new byte[8];
    random.nextBytes(unique);
    Path staging = file.resolveSibling(Sandbox.STAGING_PREFIX + HexFormat.of().formatHex(unique));
    boolean done = false;
    try {
      ArchiveReport report;
      try (SeekableByteChannel channel =
          Files.newByteChannel(
              staging, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
        report = write(source.without(file), settings, channel, progress);
      }
      Files.move(
          staging, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      done = true;
      return report;
    } finally {
      if (!done) {
        Files.deleteIfExists(staging);
      }
    }
  }

  /// One archive.
  private static final class Run {
    private final SourceTree source;
    private final ArchiveSettings settings;
    private final CodecPlan plan;
    private final int workers;
    private final WritableByteChannel channel;
    private final Progress progress;
    private final Findings findings = new Findings();
    private final Target target;
    private long entries;

    Run(
        SourceTree source,
        ArchiveSettings settings,
        CodecPlan plan,
        int workers,
        WritableByteChannel channel,
        Progress progress) {
      this.source = source;
      this.settings = settings;
      this.plan = plan;
      this.workers = workers;
      this.channel = channel;
      this.progress = progress;
      this.target = new Target(channel);
    }

    ArchiveReport run() throws IOException {
      try (Container container = container()) {
        source.walk(
            SourceTree.Depth.CONTENTS,
            entry -> {
              if (!container.add(entry)) {
                return;
              }
              entries++;
              if (entry.kind() != Entry.Kind.FILE) {
                progress.addBytes(entry.size());
              }
              if (entry.kind() != Entry.Kind.DIRECTORY) {
                progress.addFile();
              }
            },
            findings,
            progress);
        container.finish();
        target.flush();
        return findings.report(entries, target.written());
      } catch (Target.Failure e) {
        throw e.failure();
      }
    }

    private Container container() throws IOException {
      return switch (settings.format().container()) {
        case TAR -> tar();
        case ZIP ->
            new ZipContainer(
                workers,
                plan,
                settings.format().level(settings.level()),
                target,
                progress,
                findings);
        case SEVEN_ZIP -> sevenZip((SeekableByteChannel) channel);
        case ITAF -> throw new IllegalStateException("refused before");
      };
    }

    private Container tar() {
      boolean plain = plan.outBytes() == 0;
      Pipeline pipeline =
          new Pipeline(
              workers,
              plan,
              memory -> new StreamStep(plan, progress, findings, memory),
              block -> target.write((plain ? block.in : block.out).duplicate().flip()),
              progress);
      BodyReader reader = new BodyReader(progress, findings, ByteBuffer.allocateDirect(1));
      return new TarContainer(pipeline, new ByteStream(pipeline, reader), settings.portable());
    }

    private Container sevenZip(SeekableByteChannel seekable) throws IOException {
      long begin = seekable.position();
      return new SevenZipContainer(
          workers,
          plan,
          CodecPlan.lzma(settings.format().level(settings.level())).getDictSize(),
          target,
          start -> {
            long end = seekable.position();
            seekable.position(begin);
            while (start.hasRemaining()) {
              seekable.write(start);
            }
            seekable.position(end);
          },
          progress,
          findings);
    }
  }
}
