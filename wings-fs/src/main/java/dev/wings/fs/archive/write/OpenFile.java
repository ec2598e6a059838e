package dev.wings.fs.archive.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/// A regular file whose bytes go into an archive, open from the moment its size was taken on. Used
/// by the planner and by each block that holds a part of it; whoever leaves last closes it.
public abstract class OpenFile {
  private final byte[] name;
  private final long size;
  private final AtomicInteger users = new AtomicInteger(1);

  /// @param name relative path, as in the archive
  /// @param size bytes that the archive promises
  protected OpenFile(byte[] name, long size) {
    this.name = name;
    this.size = size;
  }

  public final byte[] name() {
    return name;
  }

  public final long size() {
    return size;
  }

  /// Whether only the planner can read it, from front to back.
  public abstract boolean sequential();

  /// Reads some bytes.
  ///
  /// @param into direct
  /// @return at most 0 at the end of the file
  public abstract int read(ByteBuffer into, long position) throws IOException;

  protected abstract void close();

  /// Keeps it open until a [#release] more.
  public final OpenFile retain() {
    users.incrementAndGet();
    return this;
  }

  /// Closes it when nobody else uses it.
  public final void release() {
    if (users.decrementAndGet() == 0) {
      close();
    }
  }
}
