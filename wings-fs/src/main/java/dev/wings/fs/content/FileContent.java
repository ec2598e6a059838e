package dev.wings.fs.content;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.archive.read.ArchiveType;
import dev.wings.fs.archive.read.Decompressor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/// A regular file and what its first bytes and its name make of it.
///
/// @param size bytes on disk at the moment of looking
public record FileContent(Path path, long size, ArchiveType type) {

  /// Looks at a file, following links.
  ///
  /// @throws NoSuchFileException for what is no regular file
  public static FileContent of(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new NoSuchFileException(path.toString());
    }
    return new FileContent(path, attributes.size(), ArchiveType.of(path));
  }

  /// Last name of the path.
  public String name() {
    return requireNonNull(path.getFileName()).toString();
  }

  /// Whether it holds entries instead of a content.
  public boolean archive() {
    return type.archive();
  }

  /// Whether the content has to be decompressed.
  public boolean compressed() {
    return type.compressedFile();
  }

  /// The content, decompressed where it is compressed.
  public InputStream open() throws IOException {
    return Decompressor.open(Files.newInputStream(path), type.compression());
  }

  /// Some lines of a text.
  ///
  /// @param text with its line ends
  /// @param count number of lines in it
  /// @param end whether the file ends with them
  public record Lines(String text, long count, boolean end) {}

  /// Reads lines, of which each ends with a line feed or the end of the file.
  ///
  /// @param first number of the first line, from 1
  /// @param last number of the last line, at least `first`
  /// @param maxBytes most bytes of the lines themselves
  /// @param maxScanned most bytes that are read to find them
  /// @throws ContentLimitException beyond one of the limits
  /// @throws CharacterCodingException when the lines are not UTF-8
  public Lines lines(long first, long last, long maxBytes, long maxScanned) throws IOException {
    ByteArrayOutputStream selected = new ByteArrayOutputStream();
    try (InputStream in = open()) {
      LineCut cut = new LineCut(first, last, maxBytes, selected);
      byte[] buffer = new byte[64 << 10];
      long scanned = 0;
      while (true) {
        int count = in.read(buffer);
        if (count < 0) {
          return new Lines(decode(selected), cut.finished(), true);
        }
        scanned += count;
        if (cut.take(buffer, count)) {
          return new Lines(decode(selected), cut.finished(), false);
        }
        if (scanned > maxScanned) {
          throw new ContentLimitException("the lines are too far down");
        }
      }
    }
  }

  private static String decode(ByteArrayOutputStream bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(bytes.toByteArray()))
        .toString();
  }

  /// Cuts a range of lines out of bytes that come in pieces.
  private static final class LineCut {
    private final long first;
    private final long last;
    private final long maxBytes;
    private final ByteArrayOutputStream target;
    private long line = 1;
    private boolean begun;
    private long selected;

    LineCut(long first, long last, long maxBytes, ByteArrayOutputStream target) {
      this.first = first;
      this.last = last;
      this.maxBytes = maxBytes;
      this.target = target;
    }

    /// @return whether a byte beyond the last line was seen
    boolean take(byte[] bytes, int length) throws ContentLimitException {
      int from = 0;
      while (from < length) {
        if (line > last) {
          return true;
        }
        int end = from;
        while (end < length && bytes[end] != '\n') {
          end++;
        }
        boolean complete = end < length;
        int to = complete ? end + 1 : end;
        select(bytes, from, to);
        if (complete) {
          line++;
          begun = false;
        } else {
          begun = true;
        }
        from = to;
      }
      return false;
    }

    private void select(byte[] bytes, int from, int to) throws ContentLimitException {
      if (line < first) {
        return;
      }
      if (!begun) {
        selected++;
      }
      if (target.size() + (to - from) > maxBytes) {
        throw new ContentLimitException("the lines are too long");
      }
      target.write(bytes, from, to - from);
    }

    long finished() {
      return selected;
    }
  }
}
