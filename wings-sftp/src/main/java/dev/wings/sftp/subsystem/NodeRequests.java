package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.files.Space;
import dev.wings.sftp.limit.SftpLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// What the server can tell about itself: extensions, limits, space, names.
final class NodeRequests {
  private static final int VERSION_REPLY = 2;
  private static final int EXTENDED_REPLY = 201;
  private static final int VERSION = 3;

  private static final int MAX_PACKET_BYTES = 32_768;
  private static final int MAX_TRANSFER_BYTES = 131_072;
  private static final int BLOCK_BYTES = 4096;
  private static final int MAX_NAME_BYTES = 255;
  private static final int READ_ONLY = 1;
  private static final byte[] ROOT = {'/'};

  /// No answer is longer; nobody asks for so many names.
  private static final int MAX_NAMES = 4096;

  private final FileTree tree;
  private final Access access;
  private final OwnerNames names;

  NodeRequests(FileTree tree, Access access, OwnerNames names) {
    this.tree = tree;
    this.access = access;
    this.names = names;
  }

  /// Whatever version the client has.
  ByteBuffer version() {
    Reply reply = Reply.version(VERSION_REPLY, VERSION);
    for (Verb verb : Verb.advertised()) {
      reply.string(verb.extension().getBytes(StandardCharsets.US_ASCII));
      reply.string(verb.data().getBytes(StandardCharsets.US_ASCII));
    }
    return reply.packet();
  }

  ByteBuffer limits(int id) {
    return Reply.of(EXTENDED_REPLY, id)
        .u64(MAX_PACKET_BYTES)
        .u64(MAX_TRANSFER_BYTES)
        .u64(MAX_TRANSFER_BYTES)
        .u64(access.limits().handlesPerChannel())
        .packet();
  }

  ByteBuffer spaceAvailable(int id) throws IOException {
    Space space = tree.space();
    return Reply.of(EXTENDED_REPLY, id)
        .u64(space.totalBytes())
        .u64(space.freeBytes())
        .u64(space.totalBytes())
        .u64(space.freeBytes())
        .packet();
  }

  ByteBuffer statvfs(int id) throws IOException {
    Space space = tree.space();
    SftpLimits limits = access.limits();
    return Reply.of(EXTENDED_REPLY, id)
        .u64(BLOCK_BYTES)
        .u64(BLOCK_BYTES) // of a fragment
        .u64(space.totalBytes() / BLOCK_BYTES)
        .u64(space.freeBytes() / BLOCK_BYTES)
        .u64(space.freeBytes() / BLOCK_BYTES) // for this user
        .u64(0) // inodes: all
        .u64(0) // free
        .u64(0) // free for this user
        .u64(0) // id of the file system
        .u64(limits.readOnly() ? READ_ONLY : 0)
        .u64(MAX_NAME_BYTES)
        .packet();
  }

  ByteBuffer usersGroupsById(int id, Fields in) throws IOException {
    ByteBuffer users = in.data();
    ByteBuffer groups = in.data();
    Reply reply = Reply.of(EXTENDED_REPLY, id);
    names(reply, users);
    names(reply, groups);
    return reply.packet();
  }

  private void names(Reply reply, ByteBuffer ids) throws StatusException {
    int count = ids.remaining() / Integer.BYTES;
    if (ids.remaining() % Integer.BYTES != 0 || count > MAX_NAMES) {
      throw new StatusException(Status.BAD_MESSAGE);
    }
    int mark = reply.mark();
    int begin = reply.length();
    while (ids.hasRemaining()) {
      reply.string(names.of(ids.getInt()).getBytes(StandardCharsets.UTF_8));
    }
    reply.set(mark, reply.length() - begin);
  }

  /// Everybody's home is the root.
  ByteBuffer homeDirectory(int id, Fields in) throws IOException {
    in.data();
    return Reply.name(id, ROOT);
  }
}
