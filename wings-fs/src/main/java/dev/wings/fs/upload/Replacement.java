package dev.wings.fs.upload;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.AtomicFiles;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.UUID;

/// New content for a file, which takes the old one's place when it is complete: whoever reads sees
/// the one or the other, and a failure leaves the old one (`threats.md` FS-09).
///
/// Old and new content are on the disk at the same time. When the disk limit has no room for both,
/// but was found to have room for the new one alone, the old content makes way early and the rest
/// is written in place; only then can a failure leave a file that is incomplete.
public final class Replacement implements AutoCloseable {
  /// Up to this size the content is on the disk before it takes the old one's place, and its name
  /// is when the commit returns. Larger ones would hold the writer up for seconds; the file system
  /// orders them itself.
  private static final long SYNCED_BYTES = 4 << 20;

  private final Path file;
  private final Path staging;
  private final FileChannel channel;
  private final boolean mayMakeWay;
  private boolean inPlace;
  private boolean complete;
  private long written;

  private Replacement(Path file, Path staging, FileChannel channel, boolean mayMakeWay) {
    this.file = file;
    this.staging = staging;
    this.channel = channel;
    this.mayMakeWay = mayMakeWay;
  }

  /// Begins. A link is followed and stays; the directory must exist.
  ///
  /// @param mayMakeWay whether the new content is known to fit without the old one
  public static Replacement of(Path target, boolean mayMakeWay) throws IOException {
    Path file = Files.isSymbolicLink(target) ? target.toRealPath() : target;
    Path directory = requireNonNull(file.getParent(), "target: the root (expected: a file)");
    Path staging = directory.resolve(Sandbox.STAGING_PREFIX + UUID.randomUUID());
    FileChannel channel =
        FileChannel.open(staging, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    return new Replacement(
        file, staging, channel, mayMakeWay && Files.exists(file, LinkOption.NOFOLLOW_LINKS));
  }

  /// Appends.
  ///
  /// @throws DiskLimitException when the disk limit is reached
  public void write(ByteBuffer part) throws IOException {
    while (part.hasRemaining()) {
      try {
        written += channel.write(part);
      } catch (DiskLimitException full) {
        if (!mayMakeWay || inPlace) {
          throw full;
        }
        takePlace();
      }
    }
  }

  /// Bytes written so far.
  public long written() {
    return written;
  }

  /// The new content is complete.
  ///
  /// @return what tells it from content that somebody else puts in its place afterwards
  public BasicFileAttributes commit() throws IOException {
    BasicFileAttributes attributes;
    if (inPlace) {
      attributes = attributes(file);
    } else {
      boolean synced = written <= SYNCED_BYTES;
      if (synced) {
        channel.force(/* metaData= */ true);
      }
      attributes = attributes(staging);
      takePlace();
      if (synced) {
        AtomicFiles.syncDirectory(requireNonNull(file.getParent()));
      }
    }
    complete = true;
    channel.close();
    return attributes;
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private void takePlace() throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      modes(staging).setPermissions(modes(file).readAttributes().permissions());
    }
    Files.move(staging, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    inPlace = true;
  }

  private static PosixFileAttributeView modes(Path path) {
    return Files.getFileAttributeView(
        path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  /// Without a commit before, removes what was written beside the old content.
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      if (!complete && !inPlace) {
        Files.deleteIfExists(staging);
      }
    }
  }
}
