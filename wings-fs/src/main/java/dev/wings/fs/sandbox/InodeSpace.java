package dev.wings.fs.sandbox;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import java.io.IOException;
import java.nio.channels.FileChannel;

/// The space of one file while channels write to it, shared by all of them, so that what two of
/// them write to the same place is charged once.
///
/// A write is charged before it happens, with what may come to new blocks: the bytes past what is
/// allocated, or all of them in a file with holes. Each [#BATCH_BYTES], on truncation and when the
/// last channel closes, what is really allocated takes the place of what was charged. So the
/// account follows the disk to the block, and is never behind it by more than the batch.
final class InodeSpace {
  /// The most that is charged without looking at the file.
  static final long BATCH_BYTES = 1 << 20;

  private final SpaceGate gate;
  private final byte[] directory;
  private final boolean promptBlocks;

  /// Channels; guarded by the ledger's stripe.
  int holders;

  /// Size and allocated bytes that the account knows.
  private long logical;

  private long counted;
  private long reserved;

  /// Size now, and up to where bytes are paid for.
  private long size;

  private long covered;
  private boolean dense;

  /// @param directory that holds the file
  /// @param promptBlocks whether the file system tells the allocated blocks at once
  InodeSpace(SpaceGate gate, byte[] directory, boolean promptBlocks, FileStatus status) {
    this.gate = gate;
    this.directory = directory;
    this.promptBlocks = promptBlocks;
    know(status.size(), status.allocatedBytes());
    if (status.links() == 0) {
      counted = 0; // given back when its name went
    }
  }

  private void know(long newSize, long allocated) {
    logical = newSize;
    counted = allocated;
    size = newSize;
    dense = allocated >= newSize;
    covered = Math.max(newSize, allocated);
  }

  @FunctionalInterface
  interface Write {
    long run() throws IOException;
  }

  /// One write.
  ///
  /// @param file the same file, for looking at it
  /// @param position where it goes; negative for the end
  /// @param before what the channel has been charged so far
  /// @return bytes written
  synchronized long write(Descriptor file, long position, long bytes, long before, Write write)
      throws IOException {
    long at = position < 0 ? size : position;
    long charged = growth(at, bytes);
    if (charged > 0) {
      gate.reserve(charged, before);
      reserved += charged;
    }
    long written = 0;
    try {
      written = Math.max(0, write.run());
      return written;
    } finally {
      long unused = charged - Math.min(charged, growth(at, written));
      if (unused > 0) {
        gate.release(unused);
        reserved -= unused;
      }
      size = Math.max(size, at + written);
      covered = Math.max(covered, size);
      if (reserved >= BATCH_BYTES) {
        settle(Linux.statx(file));
      }
    }
  }

  private long growth(long position, long bytes) {
    if (bytes == 0) {
      return 0;
    }
    long end = position + bytes;
    long past = Math.max(0, (end < 0 ? Long.MAX_VALUE : end) - covered);
    return dense ? past : Math.max(bytes, past);
  }

  synchronized void truncate(FileChannel channel, Descriptor file, long newSize)
      throws IOException {
    channel.truncate(newSize);
    settle(Linux.statx(file));
  }

  /// The truth takes the place of what was charged.
  private void settle(FileStatus status) {
    long allocated = status.allocatedBytes();
    if (!promptBlocks) {
      long charged = counted + reserved;
      allocated = Math.max(allocated, Math.min(charged, status.size()));
    }
    settle(status.size(), allocated, status.links() == 0 ? 0 : status.size() - logical);
  }

  private void settle(long newSize, long allocated, long logicalChange) {
    gate.settle(directory, reserved, logicalChange, allocated - counted);
    reserved = 0;
    know(newSize, allocated);
  }

  /// The last channel is closed.
  synchronized void end(FileStatus status) {
    if (status.links() == 0) {
      settle(0, 0, 0); // whoever removed the name has told its size
    } else {
      settle(status);
    }
  }

  /// As [#end] when the file cannot be looked at: what was charged stays.
  synchronized void endUnseen() {
    gate.settle(directory, reserved, size - logical, reserved);
    reserved = 0;
  }
}
