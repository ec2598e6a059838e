package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Compresses blocks, each on its own, so that the results one after the other are a valid stream
/// of the format (members, frames or streams of one file). For one thread at a time.
interface BlockCodec extends AutoCloseable {
  /// @param in direct, from its position to its limit
  /// @param out direct, large enough for [CodecPlan#outBytes]; its position moves
  /// @param progress asked whether to go on when a block takes long
  void compress(ByteBuffer in, ByteBuffer out, Progress progress) throws IOException;

  @Override
  default void close() {}
}
