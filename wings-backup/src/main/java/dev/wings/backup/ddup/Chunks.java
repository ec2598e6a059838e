package dev.wings.backup.ddup;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/// The chunk files of a repository (`backups.md` A.4). Safe for use by many threads.
final class Chunks {
  private static final String SUFFIX = ".chunk";
  private static final String TEMPORARY = ".tmp.";

  private final Path directory;

  Chunks(Path directory) {
    this.directory = directory;
  }

  Path directory() {
    return directory;
  }

  /// The file of a chunk, whether it exists or not.
  Path file(ChunkHash hash) {
    return hash.in(directory);
  }

  boolean exists(ChunkHash hash) {
    return Files.isRegularFile(file(hash), LinkOption.NOFOLLOW_LINKS);
  }

  /// Writes a chunk, over one of the same name. It is durable after the next [#sync] only.
  ///
  /// @return length of the file in bytes
  long write(ChunkHash hash, Compression compression, ByteBuffer content) throws IOException {
    Path file = file(hash);
    Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY + UUID.randomUUID());
    ByteBuffer[] parts = {ByteBuffer.allocate(1).put(0, (byte) compression.code()), content};
    long bytes = 1L + content.remaining();
    boolean done = false;
    try {
      try (FileChannel channel = create(temporary)) {
        while (content.hasRemaining()) {
          channel.write(parts);
        }
        if (!Linux.supported()) {
          channel.force(/* metaData= */ false);
        }
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      done = true;
      return bytes;
    } finally {
      if (!done) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  /// Directories may vanish as long as they are empty.
  private static FileChannel create(Path file) throws IOException {
    while (true) {
      try {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (NoSuchFileException missing) {
        Files.createDirectories(requireNonNull(file.getParent()));
      }
    }
  }

  /// Waits until all chunks that were written are on the disk. One call for the whole file system
  /// is many times as fast as one for each of ten thousands of small files.
  void sync() throws IOException {
    if (Linux.supported()) {
      try (Descriptor open =
          Linux.open(directory.toAbsolutePath().toString(), Linux.O_RDONLY | Linux.oDirectory())) {
        Linux.syncfs(open);
      }
    }
  }

  /// Removes a chunk and the directories that it leaves empty.
  void remove(ChunkHash hash) throws IOException {
    Path file = file(hash);
    Files.deleteIfExists(file);
    try {
      Path leaf = requireNonNull(file.getParent());
      Files.deleteIfExists(leaf);
      Files.deleteIfExists(requireNonNull(leaf.getParent()));
    } catch (DirectoryNotEmptyException inUse) {
      // holds other chunks
    }
  }

  /// Reads a chunk as it is stored.
  ///
  /// @throws DamagedBackupException when it is missing or larger than any chunk is
  byte[] read(ChunkHash hash) throws IOException {
    try (FileChannel channel = FileChannel.open(file(hash), StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < 1 || size > ChunkReader.MOST_BYTES) {
        throw new DamagedBackupException(
            "chunk %s has %d bytes (expected: 1 to %d)"
                .formatted(hash, size, ChunkReader.MOST_BYTES));
      }
      ByteBuffer content = ByteBuffer.allocate((int) size);
      while (content.hasRemaining()) {
        if (channel.read(content) < 0) {
          throw new DamagedBackupException("chunk " + hash + " became shorter");
        }
      }
      return content.array();
    } catch (NoSuchFileException missing) {
      throw new DamagedBackupException("chunk " + hash + " is missing");
    }
  }

  /// Takes what is in the directory of chunks.
  interface Visitor {
    void chunk(ChunkHash hash) throws IOException;

    /// A file that was not complete.
    void temporary(Path file) throws IOException;
  }

  /// Goes through all chunk files. Others are left alone.
  void forEach(Visitor visitor) throws IOException {
    forEachHex(
        directory,
        2,
        first ->
            forEachHex(
                directory.resolve(first),
                2,
                second -> {
                  Path leaf = directory.resolve(first).resolve(second);
                  try (DirectoryStream<Path> files = Files.newDirectoryStream(leaf)) {
                    for (Path file : files) {
                      visit(first + second, file, visitor);
                    }
                  } catch (NoSuchFileException | NotDirectoryException other) {
                    // not one of ours
                  } catch (DirectoryIteratorException e) {
                    throw e.getCause();
                  }
                }));
  }

  private static void visit(String prefix, Path file, Visitor visitor) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (name.contains(SUFFIX + TEMPORARY)) {
      visitor.temporary(file);
      return;
    }
    Optional<ChunkHash> hash =
        name.endsWith(SUFFIX)
            ? hash(prefix + name.substring(0, name.length() - SUFFIX.length()))
            : Optional.empty();
    if (hash.isPresent()) {
      visitor.chunk(hash.get());
    }
  }

  private static Optional<ChunkHash> hash(String hex) {
    return hex.matches("[0-9a-f]{64}")
        ? Optional.of(ChunkHash.of(HexFormat.of().parseHex(hex)))
        : Optional.empty();
  }

  @FunctionalInterface
  private interface NameVisitor {
    void name(String name) throws IOException;
  }

  private static void forEachHex(Path parent, int digits, NameVisitor visitor) throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(parent)) {
      for (Path child : children) {
        String name = String.valueOf(child.getFileName());
        if (name.matches("[0-9a-f]{" + digits + "}")) {
          visitor.name(name);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException none) {
      // nothing there
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }
}
