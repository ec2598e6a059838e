package dev.wings.core.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One small file that survives a crash at any instant (`threats.md` ST-01).
///
/// The content itself stays in a format that other daemons read, so the proof of its integrity
/// lives beside it: `NAME.sum` lists length and SHA-256 of the content that is there and of the one
/// that is about to replace it, `NAME.previous` is the last good content. A file without a matching
/// line was written by somebody else and is taken when it is flawless. A damaged one is set aside
/// as `NAME.damaged`, and the previous one is used.
///
/// Not safe for concurrent use. Blocks on the disk.
final class StateFile {
  private static final Logger log = LoggerFactory.getLogger(StateFile.class);
  private static final long MAX_BYTES = 256L << 20;

  private final Path file;
  private final Path sum;
  private final Path previous;

  StateFile(Path file) {
    this.file = requireNonNull(file, "file");
    sum = sibling(".sum");
    previous = sibling(".previous");
  }

  /// Makes a value of the content.
  @FunctionalInterface
  interface Parser<T> {
    /// @param strict refuse what could be damage; otherwise tolerate what a later version may have
    ///   added
    /// @throws IOException when the content cannot be used
    T parse(byte[] content, boolean strict) throws IOException;
  }

  /// The stored value, empty when there is no usable copy. Never fails because of the files.
  <T> Optional<T> read(Parser<T> parser) {
    List<String> sums = readSums();
    try {
      byte[] content = readContent(file);
      boolean strict = !sums.isEmpty() && !sums.contains(checksum(content));
      return Optional.of(parser.parse(content, strict));
    } catch (NoSuchFileException missing) {
      return readPrevious(parser);
    } catch (IOException | RuntimeException damage) {
      setAside(damage);
      return readPrevious(parser);
    }
  }

  /// Replaces the content; on disk when the call returns.
  void write(byte[] content) throws IOException {
    byte[] current = keepPrevious();
    String sums = checksum(content) + "\n" + (current == null ? "" : checksum(current) + "\n");
    replace(sum, sums.getBytes(UTF_8));
    replace(file, content);
  }

  private <T> Optional<T> readPrevious(Parser<T> parser) {
    try {
      T value = parser.parse(readContent(previous), /* strict= */ true);
      log.atWarn().addKeyValue("file", file).log("using the previous copy of a state file");
      return Optional.of(value);
    } catch (NoSuchFileException missing) {
      return Optional.empty();
    } catch (IOException | RuntimeException damage) {
      log.atWarn()
          .addKeyValue("file", previous)
          .setCause(damage)
          .log("previous copy of a state file is damaged too, starting without it");
      return Optional.empty();
    }
  }

  private void setAside(Exception damage) {
    Path damaged = sibling(".damaged");
    try {
      Files.move(file, damaged, StandardCopyOption.REPLACE_EXISTING);
      log.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("keptAs", damaged)
          .setCause(damage)
          .log("state file is damaged and was set aside");
    } catch (IOException e) {
      e.addSuppressed(damage);
      log.atWarn()
          .addKeyValue("file", file)
          .setCause(e)
          .log("state file is damaged and could not be set aside");
    }
  }

  /// Links the current content as the previous one, if it is one of ours. Returns it.
  private byte @Nullable [] keepPrevious() throws IOException {
    byte[] current;
    try {
      current = readContent(file);
    } catch (NoSuchFileException missing) {
      return null;
    } catch (IOException unreadable) {
      setAside(unreadable);
      return null;
    }
    if (readSums().contains(checksum(current))) {
      Path link = sibling(".link");
      Files.deleteIfExists(link);
      try {
        Files.createLink(link, file);
      } catch (UnsupportedOperationException | FileAlreadyExistsException noLinks) {
        Files.copy(file, link, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(
          link, previous, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
    return current;
  }

  private static void replace(Path target, byte[] content) throws IOException {
    Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
    try {
      writeSynced(temporary, content);
      Files.move(
          temporary, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      discard(temporary, failure);
      throw failure;
    }
    syncDirectory(requireNonNull(target.toAbsolutePath().getParent()));
  }

  private static void writeSynced(Path temporary, byte[] content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  /// A part of a file takes space that is wanted elsewhere when the disk is full.
  private static void discard(Path temporary, IOException failure) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException alsoFailed) {
      failure.addSuppressed(alsoFailed);
    }
  }

  private static void syncDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException unsupported) {
      // Windows cannot open directories; there the rename itself has to do.
      log.atDebug().addKeyValue("directory", directory).log("directory cannot be synced");
    }
  }

  private List<String> readSums() {
    try {
      return new String(readContent(sum), UTF_8).lines().toList();
    } catch (IOException unreadable) {
      return List.of(); // then the content alone has to convince
    }
  }

  private static byte[] readContent(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("not a regular file: " + path);
    }
    long size = Files.size(path);
    if (size > MAX_BYTES) {
      throw new IOException("too large for a state file: " + size + " bytes");
    }
    return Files.readAllBytes(path);
  }

  private static String checksum(byte[] content) {
    return "1 " + content.length + " " + Hashing.sha256().hashBytes(content);
  }

  private Path sibling(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }
}
