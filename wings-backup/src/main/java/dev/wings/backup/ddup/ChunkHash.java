package dev.wings.backup.ddup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;

/// BLAKE2b-256 of a chunk's content, which is the chunk's name. The parts are the bytes of the hash
/// in little endian.
record ChunkHash(long first, long second, long third, long fourth) {
  static final int BYTES = 32;

  /// Reads one from a buffer, whatever its byte order.
  static ChunkHash read(ByteBuffer from) {
    ByteOrder order = from.order();
    from.order(ByteOrder.LITTLE_ENDIAN);
    ChunkHash hash = new ChunkHash(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    from.order(order);
    return hash;
  }

  static ChunkHash of(byte[] bytes) {
    return read(ByteBuffer.wrap(bytes, 0, BYTES));
  }

  byte[] bytes() {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(first)
        .putLong(second)
        .putLong(third)
        .putLong(fourth)
        .array();
  }

  /// Where the chunk is (`backups.md` A.1).
  ///
  /// @param chunks directory of all chunks
  Path in(Path chunks) {
    String hex = toString();
    return chunks
        .resolve(hex.substring(0, 2))
        .resolve(hex.substring(2, 4))
        .resolve(hex.substring(4) + ".chunk");
  }

  /// 64 hexadecimal digits.
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes());
  }
}
