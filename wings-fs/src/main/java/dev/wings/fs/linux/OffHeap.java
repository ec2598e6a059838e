package dev.wings.fs.linux;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Buffers outside of the Java heap that are given back at once when their owner closes this,
/// instead of whenever the collector finds them. Buffers are for any thread; nobody may use one
/// while or after [#close] runs.
public final class OffHeap implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();

  /// A direct buffer of zeros, big endian.
  public ByteBuffer allocate(int bytes) {
    return arena.allocate(bytes, ALIGNMENT).asByteBuffer().order(ByteOrder.BIG_ENDIAN);
  }

  @Override
  public void close() {
    arena.close();
  }
}
