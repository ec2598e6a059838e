package dev.wings.fs.archive.read;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.MemoryLimitException;
import org.apache.commons.compress.PasswordRequiredException;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;
import org.apache.commons.compress.archivers.sevenz.SevenZFile;

/// A 7z file, with failures that name what is wrong. For one thread. Its index is in memory,
/// bounded like a decoder.
final class SevenZipReader implements Closeable {
  private static final int UNIX_EXTENSION = 0x8000;
  private static final int REPARSE_POINT = 0x400;
  private static final int TYPE_BITS = 0170000;
  private static final int TYPE_FILE = 0100000;
  private static final int TYPE_DIRECTORY = 0040000;

  private static final Pattern UNSUPPORTED =
      Pattern.compile("Unsupported compression method \\[([-0-9, ]*)\\]");

  /// Ids of methods by the numbers in the library's message.
  private static final Map<String, String> METHODS =
      Map.of(
          "3, 4, 1", "ppmd",
          "4, -9, 17, 1", "zstd",
          "4, -9, 17, 2", "brotli",
          "4, -9, 17, 4", "lz4",
          "4, -9, 17, 5", "lz5",
          "4, -9, 17, 6", "lizard",
          "10", "arm64",
          "11", "risc-v");

  private final SevenZFile file;
  private final long memoryBytes;

  private SevenZipReader(SevenZFile file, long memoryBytes) {
    this.file = file;
    this.memoryBytes = memoryBytes;
  }

  /// @param archive stays the caller's
  static SevenZipReader open(ArchiveFile archive, Meter meter, long memoryBytes)
      throws IOException {
    try {
      return new SevenZipReader(
          SevenZFile.builder()
              .setSeekableByteChannel(archive.channel(meter))
              .setMaxMemoryLimitKiB((int) (memoryBytes >> 10))
              .get(),
          memoryBytes);
    } catch (IOException | RuntimeException e) {
      throw translated(memoryBytes, e);
    }
  }

  Iterable<SevenZArchiveEntry> entries() {
    return file.getEntries();
  }

  /// Goes on to the next entry in the order of the data.
  Optional<SevenZArchiveEntry> next() throws IOException {
    try {
      return Optional.ofNullable(file.getNextEntry());
    } catch (IOException | RuntimeException e) {
      throw translated(memoryBytes, e);
    }
  }

  /// Content of the entry that [#next] has reached.
  int read(byte[] target) throws IOException {
    try {
      return file.read(target);
    } catch (IOException | RuntimeException e) {
      throw translated(memoryBytes, e);
    }
  }

  /// Content of any entry; what stands before it in its block is decoded as well.
  InputStream open(SevenZArchiveEntry entry) throws IOException {
    try {
      return DecoderStream.open("7z", memoryBytes, () -> file.getInputStream(entry));
    } catch (ArchiveException e) {
      throw e.getCause() instanceof Exception cause ? translated(memoryBytes, cause) : e;
    }
  }

  /// Whether it is a link or a special file, which are not extracted.
  static boolean special(SevenZArchiveEntry entry) {
    if (entry.isAntiItem()) {
      return true;
    }
    if (!entry.getHasWindowsAttributes()) {
      return false;
    }
    int attributes = entry.getWindowsAttributes();
    int type = attributes >>> 16 & TYPE_BITS;
    boolean unix = (attributes & UNIX_EXTENSION) != 0 && type != 0;
    return unix ? type != TYPE_FILE && type != TYPE_DIRECTORY : (attributes & REPARSE_POINT) != 0;
  }

  static EntryAttributes attributes(SevenZArchiveEntry entry) {
    return entry.getHasLastModifiedDate()
        ? new EntryAttributes(
            java.util.OptionalInt.empty(), Optional.of(entry.getLastModifiedTime().toInstant()))
        : EntryAttributes.NONE;
  }

  private static IOException translated(long memoryBytes, Exception failure) {
    String message = String.valueOf(failure.getMessage());
    Matcher unsupported = UNSUPPORTED.matcher(message);
    if (unsupported.find()) {
      String id = unsupported.group(1);
      return new ArchiveException(
          "compression method %s of the 7z file is not supported"
              .formatted(METHODS.getOrDefault(id, "[" + id + "]")),
          failure);
    }
    return switch (failure) {
      case MemoryLimitException memory ->
          Decompressor.tooMuchMemory("7z", memory.getMemoryNeededInKb() << 10, memoryBytes);
      case PasswordRequiredException password ->
          new ArchiveException("the 7z file is encrypted", password);
      case Exception other when message.contains("Multi input/output stream coders") ->
          new ArchiveException("compression method bcj2 of the 7z file is not supported", failure);
      case Exception other -> DecoderStream.translated("7z", memoryBytes, other);
    };
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
