package dev.wings.fs.archive.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/// A regular file whose bytes go into an archive, open from the moment its size was taken on. Used
/// by the planner and by each block that holds a part of it; whoever leaves last closes it.
abstract class OpenFile {
  private final byte[] name;
  private final long size;
  private final AtomicInteger users = new AtomicInteger(1);

  /// @param name relative path, as in the archive
  /// @param size bytes that the archive promises
  OpenFile(byte[] name, long size) {
    this.name = name;
    this.size = size;
  }

  final byte[] name() {
    return name;
  }

  final long size() {
    return size;
  }

  /// Whether only the planner can read it, from front to back.
  abstract boolean sequential();

  /// Reads some bytes.
  ///
  /// @param into direct
  /// @return at most 0 at the end of the file
  abstract int read(ByteBuffer into, long position) throws IOException;

  abstract void close();

  final OpenFile retain() {
    users.incrementAndGet();
    return this;
  }

  final void release() {
    if (users.decrementAndGet() == 0) {
      close();
    }
  }
}
