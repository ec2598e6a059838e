package dev.wings.fs.archive.read;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;

/// Reads a whole archive as an extraction does, writes nothing, and says what is wrong with it:
/// with its structure, with the compressed data, and with the checksums that the format keeps.
public final class ArchiveCheck {
  private static final int MAX_FAULTS = 100;
  private static final int COPY_BYTES = 256 << 10;

  private final ArchiveFile file;
  private final Guard guard;
  private final List<String> faults = new ArrayList<>();
  private long files;
  private long bytes;

  private ArchiveCheck(ArchiveFile file, Guard guard) {
    this.file = file;
    this.guard = guard;
  }

  /// What was found.
  ///
  /// @param files and links that could be read
  /// @param bytes that came out
  /// @param faults fit for a user; empty when nothing is wrong, at most a hundred
  public record Findings(long files, long bytes, List<String> faults) {
    public Findings {
      faults = List.copyOf(faults);
    }
  }

  /// Checks a tar, compressed or not, a zip or a 7z file.
  ///
  /// @param limits an archive that exceeds them counts as faulty
  /// @param read told of the bytes of the archive; may wait
  /// @throws dev.wings.core.operation.OperationAbortedException when it was cancelled
  /// @throws IOException when the file cannot be read
  public static Findings run(
      Path archive, ExtractionLimits limits, Progress progress, LongConsumer read)
      throws IOException {
    try (ArchiveFile file = ArchiveFile.open(archive)) {
      Guard guard = new Guard(limits, file.size(), progress, System::nanoTime, read);
      ArchiveCheck check = new ArchiveCheck(file, guard);
      progress.expect(file.size());
      try {
        check.run();
      } catch (ArchiveException damaged) {
        check.fault(damaged);
      }
      return new Findings(check.files, check.bytes, check.faults);
    }
  }

  private void run() throws IOException {
    ArchiveType type = ArchiveType.of(file.head(), file.name());
    switch (type.kind()) {
      case TAR -> tar(type);
      case ZIP -> zip();
      case SEVEN_ZIP -> sevenZip();
      case RAR, SINGLE, DDUP, PXAR ->
          throw new ArchiveException(type.kind().label() + " files are no archives of this daemon");
    }
  }

  private void fault(ArchiveException fault) {
    if (faults.size() < MAX_FAULTS) {
      faults.add(fault.getMessage());
    }
  }

  private void read(long count) throws ArchiveException {
    guard.in(count);
    guard.progress().addBytes(count);
  }

  private void tar(ArchiveType type) throws IOException {
    try (InputStream in =
            Decompressor.open(
                file.stream(this::read), type.compression(), guard.limits().decoderBytes());
        InputStream buffered = new BufferedInput(in)) {
      TarReader tar = new TarReader(buffered, guard);
      byte[] buffer = new byte[COPY_BYTES];
      for (Optional<TarEntry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
        guard.entry();
        for (int count = tar.read(buffer, 0, buffer.length);
            count >= 0;
            count = tar.read(buffer, 0, buffer.length)) {
          bytes += count;
        }
        count(entry.get().type() != TarEntry.DIRECTORY);
      }
    }
  }

  private void count(boolean file) {
    if (file) {
      files++;
    }
  }

  private void zip() throws IOException {
    ZipFileReader zip = ZipFileReader.open(file, this::read);
    ZipFileReader.Records records = zip.records();
    for (Optional<ZipRecord> next = records.next(); next.isPresent(); next = records.next()) {
      ZipRecord record = next.get();
      if (record.directory()) {
        continue;
      }
      try (InputStream in = zip.open(record, guard.limits().decoderBytes())) {
        drain(in);
        files++;
      } catch (ArchiveLimitException limit) {
        throw limit;
      } catch (ArchiveException damaged) {
        fault(damaged);
      }
    }
  }

  private void drain(InputStream in) throws IOException {
    byte[] buffer = new byte[COPY_BYTES];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      bytes += count;
      guard.move();
    }
  }

  private void sevenZip() throws IOException {
    try (SevenZipReader archive =
        SevenZipReader.open(file, this::read, guard.limits().decoderBytes())) {
      byte[] buffer = new byte[COPY_BYTES];
      for (Optional<SevenZArchiveEntry> entry = archive.next();
          entry.isPresent();
          entry = archive.next()) {
        for (int count = archive.read(buffer); count >= 0; count = archive.read(buffer)) {
          bytes += count;
          guard.move();
        }
        count(!entry.get().isDirectory());
      }
    }
  }
}
