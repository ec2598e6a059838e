package dev.wings.fs.upload;

import static java.util.Objects.requireNonNull;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.upload.UploadEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.OptionalLong;

/// An upload in its staging file, `name.upload-part` beside its target (`http-api.md` 14.6). What
/// has arrived stays there until it is complete, put in place or discarded. One writer at a time is
/// the caller's business.
public final class StagedUpload {
  private static final int NAME_MAX = 255;

  private final Path target;
  private final Path staging;

  private StagedUpload(Path target, Path staging) {
    this.target = target;
    this.staging = staging;
  }

  /// @param target where the complete file will be
  /// @throws WingsException kind `IMPOSSIBLE` when the name is too long
  public static StagedUpload to(Path target) {
    String name = requireNonNull(target.getFileName(), "target: the root (expected: a file)") + "";
    checkName(name);
    return new StagedUpload(target, target.resolveSibling(name + UploadEntry.STAGING_SUFFIX));
  }

  /// @throws WingsException kind `IMPOSSIBLE` when the staging file's name would be too long
  public static void checkName(String name) {
    String staged = name + UploadEntry.STAGING_SUFFIX;
    if (staged.getBytes(StandardCharsets.UTF_8).length > NAME_MAX) {
      throw WingsException.impossible("file name too long");
    }
  }

  /// Bytes that have arrived; empty when there is no staging file.
  ///
  /// @throws WingsException kind `IMPOSSIBLE` when something else has its name
  public OptionalLong length() throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(staging, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isRegularFile()) {
        throw WingsException.impossible("staging path is not a file");
      }
      return OptionalLong.of(attributes.size());
    } catch (NoSuchFileException none) {
      return OptionalLong.empty();
    }
  }

  /// Opens the staging file at its end, making it and its directory if they are missing.
  ///
  /// @throws WingsException kind `IMPOSSIBLE` when something else is in the place of a directory
  public Writer append() throws IOException {
    try {
      Files.createDirectories(requireNonNull(target.getParent()));
    } catch (FileAlreadyExistsException | NotDirectoryException file) {
      throw new WingsException(ErrorKind.IMPOSSIBLE, "directory is not a directory", file);
    }
    length(); // refuses what is no file
    FileChannel channel = openStaging();
    boolean done = false;
    try {
      Writer writer = new Writer(channel, channel.size());
      done = true;
      return writer;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  private FileChannel openStaging() throws IOException {
    try {
      return FileChannel.open(
          staging, StandardOpenOption.WRITE, StandardOpenOption.CREATE, LinkOption.NOFOLLOW_LINKS);
    } catch (FileAlreadyExistsException replaced) { // since it was looked at
      throw new WingsException(ErrorKind.IMPOSSIBLE, "staging path is not a file", replaced);
    }
  }

  /// Gives the complete file its name, in the place of what was there. The mode of a file that is
  /// replaced is kept.
  public void complete() throws IOException {
    PosixFileAttributeView old = modes(target);
    if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      throw WingsException.impossible("file is not a file");
    }
    if (Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      modes(staging).setPermissions(old.readAttributes().permissions());
    }
    Files.move(
        staging, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static PosixFileAttributeView modes(Path path) {
    return Files.getFileAttributeView(
        path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  /// Removes the staging file if there is one.
  public void discard() throws IOException {
    length(); // refuses what is no file
    Files.deleteIfExists(staging);
  }

  /// Writes at the end of a staging file.
  public static final class Writer implements AutoCloseable {
    private final FileChannel channel;
    private long position;

    private Writer(FileChannel channel, long position) {
      this.channel = channel;
      this.position = position;
    }

    /// @throws dev.wings.fs.sandbox.DiskLimitException when the disk limit is reached; what was
    ///   written before stays
    public void write(ByteBuffer part) throws IOException {
      while (part.hasRemaining()) {
        position += channel.write(part, position);
      }
    }

    /// Bytes of the staging file.
    public long position() {
      return position;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
