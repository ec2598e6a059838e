package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.Edit;
import dev.wings.sftp.files.FileEvent;
import dev.wings.sftp.files.FileRight;
import dev.wings.sftp.files.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opening, reading and writing of files, and the closing of all handles.
final class FileRequests {
  private static final int MAX_READ_BYTES = 256 << 10;
  private static final Logger log = LoggerFactory.getLogger(FileRequests.class);

  private final FileTree tree;
  private final ClientPaths paths;
  private final Attributes attributes;
  private final Access access;
  private final Handles handles;

  FileRequests(
      FileTree tree, ClientPaths paths, Attributes attributes, Access access, Handles handles) {
    this.tree = tree;
    this.paths = paths;
    this.attributes = attributes;
    this.access = access;
    this.handles = handles;
  }

  ByteBuffer open(int id, Fields in) throws IOException {
    byte[] name = in.string();
    OpenFlags flags = new OpenFlags(in.u32());
    Attributes.read(in); // new files have the mode that files have here
    if (flags.changes()) {
      access.requireWritable();
    }
    for (FileRight right : flags.rights()) {
      access.require(right);
    }
    return Reply.handle(id, handles.open(() -> open(paths.visible(name), flags)));
  }

  private OpenFile open(Path path, OpenFlags flags) throws IOException {
    boolean existing = existing(path, flags);
    boolean cut = existing && flags.cuts();
    Edit edit = flags.changes() ? tree.changing(path, existing) : Edit.UNRECORDED;
    OpenFile file;
    try {
      file = new OpenFile(path, channel(path, flags, existing), flags, edit, cut);
    } catch (IOException | RuntimeException e) {
      abandon(edit, e);
      throw e;
    }
    tree.happened(event(path, flags));
    return file;
  }

  /// Whether the file is there, and is one.
  private boolean existing(Path path, OpenFlags flags) throws IOException {
    try {
      if (!attributes.followed(path).isRegularFile()) {
        throw new StatusException(Status.NO_SUCH_FILE);
      }
      return true;
    } catch (NoSuchFileException e) {
      if (!flags.creates()) {
        throw e;
      }
      return false;
    }
  }

  private FileChannel channel(Path path, OpenFlags flags, boolean existing) throws IOException {
    if (!existing && !flags.exclusive()) {
      try {
        return FileChannel.open(path, flags.optionsForNewFile()); // spares a look for the old one
      } catch (FileAlreadyExistsException e) {
        // a link to nothing, or somebody was faster
      }
    }
    FileChannel channel = FileChannel.open(path, flags.options());
    if (existing && flags.creates()) {
      try {
        tree.own(path);
      } catch (IOException | RuntimeException e) {
        try (channel) {
          throw e;
        }
      }
    }
    return channel;
  }

  private static void abandon(Edit edit, Exception failure) {
    try {
      edit.closed(/* written= */ false);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static FileEvent event(Path path, OpenFlags flags) {
    if (flags.creates() || flags.cuts()) {
      return new FileEvent.Created(path);
    }
    return flags.writes() ? new FileEvent.Written(path) : new FileEvent.Read(path);
  }

  ByteBuffer read(int id, Fields in) throws IOException {
    OpenFile file = handles.file(in.string());
    long offset = in.u64();
    int wanted = (int) Math.min(Integer.toUnsignedLong(in.u32()), MAX_READ_BYTES);
    FileChannel channel = file.forReading();
    int available = offset < 0 ? 0 : file.available(offset, wanted);
    if (available == 0) {
      return Reply.status(id, Status.EOF);
    }
    ByteBuffer packet = Reply.forData(available);
    while (packet.hasRemaining() && channel.read(packet, offset + Reply.dataBytes(packet)) > 0) {
      // a disk may give less than asked for; clients take less for the end
    }
    return Reply.dataBytes(packet) == 0 ? Reply.status(id, Status.EOF) : Reply.data(id, packet);
  }

  ByteBuffer write(int id, Fields in) throws IOException {
    byte[] handle = in.string();
    long offset = in.u64();
    ByteBuffer data = in.data();
    if (offset < 0 || offset + data.remaining() < 0) {
      throw new StatusException(Status.BAD_MESSAGE);
    }
    handles.file(handle).write(data, offset);
    return Reply.status(id, Status.OK);
  }

  /// Gives a file another size. OpenSSH's `scp` writes over a file and cuts it in the end, sshfs
  /// cuts for every program that does. Contents are lost only with the right that cutting takes
  /// when a file is opened. Anything but a file keeps its size.
  void resize(Path path, long size) throws IOException {
    BasicFileAttributes found = attributes.followed(path);
    if (!found.isRegularFile() || found.size() == size) {
      return;
    }
    admitSize(found.size(), size);
    Edit edit = tree.changing(path, /* existing= */ true);
    boolean changed = false;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      changed = OpenFile.resize(channel, size);
    } finally {
      edit.closed(changed);
    }
    tree.happened(new FileEvent.Written(path));
  }

  /// The same for what is open.
  void resize(Handle handle, long size) throws IOException {
    if (handle instanceof OpenFile file && file.resizable()) {
      admitSize(file.size(), size);
      file.resize(size);
    } else {
      resize(handle.path(), size);
    }
  }

  private void admitSize(long before, long size) throws StatusException {
    if (size < 0) {
      throw new StatusException(Status.BAD_MESSAGE);
    }
    if (size < before) {
      access.require(FileRight.DELETE);
    }
  }

  ByteBuffer fsync(int id, Fields in) throws IOException {
    handles.file(in.string()).force();
    return Reply.status(id, Status.OK);
  }

  /// Always succeeds for the client (`sftp.md` 10).
  ByteBuffer close(int id, Fields in) throws StatusException {
    byte[] handle = in.string();
    try {
      handles.close(handle);
    } catch (IOException e) {
      log.atDebug().setCause(e).log("a file that was closed could not be finished");
    }
    return Reply.status(id, Status.OK);
  }
}
