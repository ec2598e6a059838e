package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.FileEvent;
import dev.wings.sftp.files.FileRight;
import dev.wings.sftp.files.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.BooleanSupplier;

/// Copies that the client does not have to carry.
final class CopyRequests {
  private static final int BLOCK_BYTES = 256 << 10;

  private final FileTree tree;
  private final ClientPaths paths;
  private final Attributes attributes;
  private final Access access;
  private final Handles handles;
  private final BooleanSupplier cancelled;

  CopyRequests(
      FileTree tree,
      ClientPaths paths,
      Attributes attributes,
      Access access,
      Handles handles,
      BooleanSupplier cancelled) {
    this.tree = tree;
    this.paths = paths;
    this.attributes = attributes;
    this.access = access;
    this.handles = handles;
    this.cancelled = cancelled;
  }

  /// A whole file by name. To replace one is to change it, so that takes the right to do so.
  ByteBuffer copyFile(int id, Fields in) throws IOException {
    byte[] from = in.string();
    byte[] to = in.string();
    boolean overwrite = in.u8() != 0;
    Path source = paths.visible(from);
    Path target = paths.visible(to);
    if (!attributes.followed(source).isRegularFile()) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    if (occupied(target)) {
      if (!overwrite) {
        throw new StatusException(Status.FAILURE);
      }
      access.require(FileRight.UPDATE);
      Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.copy(source, target);
    }
    tree.happened(new FileEvent.Created(target));
    return Reply.status(id, Status.OK);
  }

  private boolean occupied(Path target) throws IOException {
    BasicFileAttributes found;
    try {
      found = attributes.own(target);
    } catch (NoSuchFileException e) {
      return false;
    }
    if (found.isDirectory()) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    return true;
  }

  /// A part of an open file into another one (draft-ietf-secsh-filexfer-extensions-00, section 7).
  /// A length of 0 means to the end; an end that comes earlier than asked for is told.
  ByteBuffer copyData(int id, Fields in) throws IOException {
    byte[] from = in.string();
    long position = in.u64();
    long length = in.u64();
    byte[] to = in.string();
    long offset = in.u64();
    if (position < 0 || length < 0 || offset < 0 || offset + length < 0) {
      throw new StatusException(Status.BAD_MESSAGE);
    }
    OpenFile source = handles.file(from);
    OpenFile target = handles.file(to);
    FileChannel reading = source.forReading();
    target.forWriting();
    if (source.path().equals(target.path())) { // it would read what it wrote
      throw new StatusException(Status.FAILURE);
    }
    boolean whole = copy(reading, position, length == 0 ? Long.MAX_VALUE : length, target, offset);
    return Reply.status(id, whole || length == 0 ? Status.OK : Status.EOF);
  }

  /// @return false when the source ended before
  private boolean copy(FileChannel source, long position, long length, OpenFile target, long offset)
      throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    long done = 0;
    while (done < length) {
      if (cancelled.getAsBoolean()) {
        throw new StatusException(Status.FAILURE);
      }
      block.clear().limit((int) Math.min(BLOCK_BYTES, length - done));
      int count = source.read(block, position + done);
      if (count <= 0) {
        return false;
      }
      target.write(block.flip(), offset + done);
      done += count;
    }
    return true;
  }
}
