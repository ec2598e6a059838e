package dev.wings.core.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.Locale;

/// Reads one document. The recursion is bounded by the nesting limit; collections grow with the
/// values that are really read, and a declared length is first compared with the bytes that are
/// left (every element takes at least one), so a lie costs nothing.
final class MessagePackReader {
  private static final int MAX_NAME_BYTES = 4096;
  private static final int MAX_STRING_BYTES = 8 << 20;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final byte[] bytes;
  private final int start;
  private final int end;
  private int position;
  private int nodes;

  MessagePackReader(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.start = offset;
    this.end = offset + length;
    this.position = offset;
  }

  JsonNode readDocument() {
    JsonNode document = value(0);
    if (position != end) {
      throw malformed((end - position) + " bytes after the end of the document");
    }
    return document;
  }

  private JsonNode value(int depth) {
    if (++nodes > MessagePack.MAX_NODES) {
      throw malformed("more than " + MessagePack.MAX_NODES + " values");
    }
    int type = unsignedByte();
    if (type <= 0x7f) {
      return NODES.numberNode(type);
    }
    if (type >= 0xe0) {
      return NODES.numberNode((int) (byte) type);
    }
    return switch (type >> 4) {
      case 0x8 -> map(type & 0x0f, depth);
      case 0x9 -> array(type & 0x0f, depth);
      case 0xa, 0xb -> NODES.textNode(string(type & 0x1f, MAX_STRING_BYTES));
      default -> tagged(type, depth);
    };
  }

  private JsonNode tagged(int type, int depth) {
    return switch (type) {
      case 0xc0 -> NODES.nullNode();
      case 0xc2 -> NODES.booleanNode(false);
      case 0xc3 -> NODES.booleanNode(true);
      case 0xca -> real(Float.intBitsToFloat((int) INT.get(bytes, take(4))));
      case 0xcb -> real(Double.longBitsToDouble((long) LONG.get(bytes, take(8))));
      case 0xcc -> NODES.numberNode(unsignedByte());
      case 0xcd -> NODES.numberNode(unsignedShort());
      case 0xce -> integer(unsignedInt());
      case 0xcf -> unsignedLong();
      case 0xd0 -> NODES.numberNode((int) (byte) unsignedByte());
      case 0xd1 -> NODES.numberNode((int) (short) unsignedShort());
      case 0xd2 -> NODES.numberNode((int) unsignedInt());
      case 0xd3 -> integer((long) LONG.get(bytes, take(8)));
      case 0xd9, 0xda, 0xdb -> NODES.textNode(string(stringLength(type), MAX_STRING_BYTES));
      case 0xdc -> array(unsignedShort(), depth);
      case 0xdd -> array(unsignedInt(), depth);
      case 0xde -> map(unsignedShort(), depth);
      case 0xdf -> map(unsignedInt(), depth);
      case 0xc4, 0xc5, 0xc6 -> throw malformed("binary values are not supported");
      case 0xc1 -> throw malformed("invalid type byte 0xc1");
      default -> throw malformed("extension types are not supported");
    };
  }

  private JsonNode array(long count, int depth) {
    checkContainer(count, 1, depth);
    ArrayNode array = NODES.arrayNode();
    for (long i = 0; i < count; i++) {
      array.add(value(depth + 1));
    }
    return array;
  }

  private JsonNode map(long count, int depth) {
    checkContainer(count, 2, depth);
    ObjectNode object = NODES.objectNode();
    for (long i = 0; i < count; i++) {
      String name = name();
      if (object.replace(name, value(depth + 1)) != null) {
        throw malformed("duplicate key");
      }
    }
    return object;
  }

  private void checkContainer(long count, int bytesPerEntry, int depth) {
    if (depth >= Json.MAX_DEPTH) {
      throw malformed("nested deeper than " + Json.MAX_DEPTH + " levels");
    }
    if (count * bytesPerEntry > end - position) {
      throw malformed("truncated");
    }
  }

  private String name() {
    int type = unsignedByte();
    if ((type & 0xe0) == 0xa0) {
      return string(type & 0x1f, MAX_NAME_BYTES);
    }
    if (type < 0xd9 || type > 0xdb) {
      throw malformed("map keys must be strings");
    }
    return string(stringLength(type), MAX_NAME_BYTES);
  }

  private long stringLength(int type) {
    return switch (type) {
      case 0xd9 -> unsignedByte();
      case 0xda -> unsignedShort();
      default -> unsignedInt();
    };
  }

  private String string(long length, int maxLength) {
    if (length > end - position) {
      throw malformed("truncated");
    }
    if (length > maxLength) {
      throw malformed("string of more than " + maxLength + " bytes");
    }
    int from = take((int) length);
    for (int i = from; i < position; i++) {
      if (bytes[i] < 0) {
        return decodeUtf8(from, (int) length);
      }
    }
    return new String(bytes, from, (int) length, ISO_8859_1);
  }

  private String decodeUtf8(int from, int length) {
    try {
      // a fresh decoder reports malformed input instead of replacing it
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length)).toString();
    } catch (CharacterCodingException e) {
      throw new WingsException(ErrorKind.INVALID, message("malformed UTF-8 in a string"), e);
    }
  }

  private JsonNode real(double value) {
    if (!Double.isFinite(value)) {
      throw malformed("number is not finite");
    }
    return NODES.numberNode(value);
  }

  private static JsonNode integer(long value) {
    return value == (int) value ? NODES.numberNode((int) value) : NODES.numberNode(value);
  }

  private JsonNode unsignedLong() {
    long value = (long) LONG.get(bytes, take(8));
    return value >= 0
        ? integer(value)
        : NODES.numberNode(new BigInteger(Long.toUnsignedString(value)));
  }

  private int unsignedByte() {
    return bytes[take(1)] & 0xff;
  }

  private int unsignedShort() {
    return (short) SHORT.get(bytes, take(2)) & 0xffff;
  }

  private long unsignedInt() {
    return (int) INT.get(bytes, take(4)) & 0xffff_ffffL;
  }

  /// Moves past `count` bytes and returns where they begin.
  private int take(int count) {
    if (count > end - position) {
      throw malformed("truncated");
    }
    int from = position;
    position += count;
    return from;
  }

  private WingsException malformed(String reason) {
    return WingsException.invalid(message(reason));
  }

  private String message(String reason) {
    return String.format(
        Locale.ROOT, "invalid MessagePack at byte %d: %s", position - start, reason);
  }
}
