package dev.wings.core.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;

/// MessagePack in the "human readable" profile of the Panel's protocol (`http-api.md` 2.1): maps
/// with string keys, no binary and no extension types, so that a document and its JSON form are the
/// same tree.
///
/// Reading is safe for hostile bytes (`threats.md` JV-03). Declared lengths never decide about
/// memory: what is allocated follows from the bytes that are really there. Limits: nesting
/// [Json#MAX_DEPTH], [#MAX_NODES] values, names of 4 KiB, strings of 8 MiB. Duplicate keys,
/// malformed UTF-8, non-finite numbers and trailing bytes are refused, as they are in JSON.
public final class MessagePack {
  /// Most values (keys not counted) that one document may hold.
  public static final int MAX_NODES = 500_000;

  private MessagePack() {}

  /// Reads the one value that `bytes` consist of. Integers keep their exact value: what does not
  /// fit a `long` becomes a `BigInteger` node.
  ///
  /// @throws dev.wings.core.WingsException kind INVALID when the bytes are anything else
  public static JsonNode read(byte[] bytes) {
    return new MessagePackReader(bytes, 0, bytes.length).readDocument();
  }

  /// Reads the remaining bytes of `buffer` and leaves its position at its limit.
  ///
  /// @throws dev.wings.core.WingsException kind INVALID when they are not exactly one value
  public static JsonNode read(ByteBuffer buffer) {
    int length = buffer.remaining();
    if (buffer.hasArray()) {
      int offset = buffer.arrayOffset() + buffer.position();
      buffer.position(buffer.limit());
      return new MessagePackReader(buffer.array(), offset, length).readDocument();
    }
    byte[] copy = new byte[length];
    buffer.get(copy);
    return read(copy);
  }

  /// Encodes a tree: integers in their smallest form, every other number as float64.
  ///
  /// @throws dev.wings.core.WingsException kind INVALID for a number outside of what MessagePack
  ///   can express, and for nodes that are not plain JSON
  public static byte[] write(JsonNode node) {
    return new MessagePackWriter(256).node(node).toByteArray();
  }
}
