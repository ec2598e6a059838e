package dev.wings.fs.archive.write;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// A stretch of uncompressed data on its way through the [Pipeline]: planned by one thread, filled
/// and compressed by another, written by the first again. The steps hand it over through the
/// pipeline's queues, so nothing here is guarded.
final class Block {
  /// Uncompressed bytes from 0 to its position; what [#pieces] cover is filled by the worker.
  final ByteBuffer in;

  /// What the worker made of them, from 0 to its position.
  final ByteBuffer out;

  final List<Piece> pieces = new ArrayList<>();

  /// What the container remembers about the block until it is written.
  final List<Part> parts = new ArrayList<>();

  CountDownLatch done = new CountDownLatch(1);
  @Nullable Throwable failure;

  /// Bytes of a file that belong at one place of the block.
  ///
  /// @param position in the file
  /// @param at in [Block#in]
  record Piece(OpenFile file, long position, int at, int length) {}

  /// A container's note about a range of the block.
  interface Part {}

  Block(ByteBuffer in, ByteBuffer out) {
    this.in = in;
    this.out = out;
  }

  void reset() {
    in.clear();
    out.clear();
    pieces.clear();
    parts.clear();
    done = new CountDownLatch(1);
    failure = null;
  }

  /// The filled part of [#in] between two places.
  ByteBuffer data(int at, int length) {
    return in.slice(at, length);
  }
}
