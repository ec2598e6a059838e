package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.limit.SftpLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.function.BooleanSupplier;

/// Listings. Entries are looked at when the client asks for them, and only as many as go into the
/// answer.
final class DirectoryRequests {
  private static final int NAME = 104;
  private static final int USUAL_BYTES = 4096;

  /// An answer is sent when it has grown to this: several clients take 256 KiB at most.
  private static final int FULL_BYTES = 128 << 10;

  private final FileTree tree;
  private final ClientPaths paths;
  private final Attributes attributes;
  private final Access access;
  private final Handles handles;
  private final LongName longName;
  private final BooleanSupplier cancelled;

  DirectoryRequests(
      FileTree tree,
      ClientPaths paths,
      Attributes attributes,
      Access access,
      Handles handles,
      LongName longName,
      BooleanSupplier cancelled) {
    this.tree = tree;
    this.paths = paths;
    this.attributes = attributes;
    this.access = access;
    this.handles = handles;
    this.longName = longName;
    this.cancelled = cancelled;
  }

  ByteBuffer open(int id, Fields in) throws IOException {
    byte[] name = in.string();
    byte[] handle =
        handles.open(() -> {
          Path path = paths.visible(name);
          return OpenDirectory.open(path);
        });
    return Reply.handle(id, handle);
  }

  ByteBuffer read(int id, Fields in) throws IOException {
    OpenDirectory directory = handles.directory(in.string());
    int most = most(directory);
    Reply reply = Reply.of(NAME, id, USUAL_BYTES);
    int mark = reply.mark();
    int count = 0;
    Iterator<Path> entries = directory.entries();
    while (count < most && reply.length() < FULL_BYTES && !cancelled.getAsBoolean()) {
      if (!entries.hasNext()) {
        break;
      }
      if (append(reply, entries.next())) {
        count++;
      }
    }
    directory.countDelivered(count);
    if (count == 0) {
      return Reply.status(id, Status.EOF);
    }
    reply.set(mark, count);
    return reply.packet();
  }

  private int most(OpenDirectory directory) {
    SftpLimits limits = access.limits();
    int reply = Math.max(1, limits.entriesPerReply());
    if (limits.entriesPerDirectory() == 0) {
      return reply;
    }
    return Math.clamp(limits.entriesPerDirectory() - directory.delivered(), 0, reply);
  }

  /// @return false for an entry that the client does not get to see
  private boolean append(Reply reply, Path path) {
    Path fileName = path.getFileName();
    if (fileName == null) {
      return false;
    }
    Attributes.Entry entry;
    try {
      if (tree.hidden(path)) {
        return false;
      }
      entry = attributes.ofEntry(path);
    } catch (IOException gone) {
      return false;
    }
    byte[] name = tree.bytes(fileName);
    reply.string(name).string(longName.of(entry, name));
    entry.write(reply);
    return true;
  }
}
