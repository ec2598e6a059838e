package dev.wings.core.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.WingsException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;

/// Appends MessagePack values to a growing byte array, for answers and events that are written too
/// often to build a tree for each. The caller keeps the structure right: a map header is followed
/// by that many pairs of a string and a value. Not thread-safe; [#clear] makes it reusable.
///
/// ```java
/// byte[] frame = new MessagePackWriter(64)
///     .arrayHeader(2).string("console output").arrayHeader(1).string(line).toByteArray();
/// ```
public final class MessagePackWriter {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int MAX_SIZE = Integer.MAX_VALUE - 16;

  private byte[] bytes;
  private int size;

  /// @param capacity bytes to reserve; more are taken when needed
  public MessagePackWriter(int capacity) {
    this.bytes = new byte[Math.max(16, capacity)];
  }

  /// Begins a map; `entries` key-value pairs follow.
  public MessagePackWriter mapHeader(int entries) {
    return header(entries, 0x80, 0xde);
  }

  /// Begins an array; `elements` values follow.
  public MessagePackWriter arrayHeader(int elements) {
    return header(elements, 0x90, 0xdc);
  }

  private MessagePackWriter header(int count, int fix, int sixteenBit) {
    if (count < 0) {
      throw new IllegalArgumentException("count: " + count + " (expected: >= 0)");
    }
    if (count < 16) {
      return put(fix | count);
    }
    return count <= 0xffff ? putShort(sixteenBit, count) : putInt(sixteenBit + 1, count);
  }

  /// Appends a string; unpaired surrogates become `?`.
  public MessagePackWriter string(String text) {
    return string(text.getBytes(UTF_8));
  }

  /// Appends a string that is already UTF-8; the bytes are not checked.
  public MessagePackWriter string(byte[] utf8) {
    return string(utf8, 0, utf8.length);
  }

  /// Appends a part of an array as a string that is already UTF-8; the bytes are not checked.
  public MessagePackWriter string(byte[] utf8, int offset, int length) {
    if (length < 32) {
      put(0xa0 | length);
    } else if (length <= 0xff) {
      ensure(2);
      bytes[size++] = (byte) 0xd9;
      bytes[size++] = (byte) length;
    } else if (length <= 0xffff) {
      putShort(0xda, length);
    } else {
      putInt(0xdb, length);
    }
    return encoded(utf8, offset, length);
  }

  /// Appends an integer in its smallest form.
  public MessagePackWriter integer(long value) {
    if (value >= 0) {
      return unsigned(value);
    }
    if (value >= -32) {
      return put((int) value);
    }
    if (value >= Byte.MIN_VALUE) {
      ensure(2);
      bytes[size++] = (byte) 0xd0;
      bytes[size++] = (byte) value;
      return this;
    }
    if (value >= Short.MIN_VALUE) {
      return putShort(0xd1, (int) value);
    }
    return value >= Integer.MIN_VALUE ? putInt(0xd2, (int) value) : putLong(0xd3, value);
  }

  private MessagePackWriter unsigned(long value) {
    if (value < 0x80) {
      return put((int) value);
    }
    if (value <= 0xff) {
      ensure(2);
      bytes[size++] = (byte) 0xcc;
      bytes[size++] = (byte) value;
      return this;
    }
    if (value <= 0xffff) {
      return putShort(0xcd, (int) value);
    }
    return value <= 0xffff_ffffL ? putInt(0xce, (int) value) : putLong(0xcf, value);
  }

  /// Appends a number as float64.
  ///
  /// @throws WingsException kind INVALID for NaN and infinities, which have no JSON form
  public MessagePackWriter real(double value) {
    if (!Double.isFinite(value)) {
      throw WingsException.invalid("number is not finite");
    }
    return putLong(0xcb, Double.doubleToRawLongBits(value));
  }

  public MessagePackWriter bool(boolean value) {
    return put(value ? 0xc3 : 0xc2);
  }

  public MessagePackWriter nil() {
    return put(0xc0);
  }

  /// Appends one whole value (or several) encoded before; the bytes are not checked.
  public MessagePackWriter encoded(byte[] messagePack) {
    return encoded(messagePack, 0, messagePack.length);
  }

  private MessagePackWriter encoded(byte[] source, int offset, int length) {
    ensure(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
    return this;
  }

  /// Appends a whole tree.
  ///
  /// @throws WingsException kind INVALID as [MessagePack#write]
  public MessagePackWriter node(JsonNode node) {
    return node(node, 0);
  }

  private MessagePackWriter node(JsonNode node, int depth) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        checkDepth(depth);
        mapHeader(node.size());
        for (Map.Entry<String, JsonNode> member : node.properties()) {
          string(member.getKey()).node(member.getValue(), depth + 1);
        }
        yield this;
      }
      case ARRAY -> {
        checkDepth(depth);
        arrayHeader(node.size());
        for (JsonNode element : node) {
          node(element, depth + 1);
        }
        yield this;
      }
      case STRING -> string(node.textValue());
      case NUMBER -> number(node);
      case BOOLEAN -> bool(node.booleanValue());
      case NULL, MISSING -> nil();
      case BINARY, POJO -> throw WingsException.invalid("value has no MessagePack form");
    };
  }

  private static void checkDepth(int depth) {
    if (depth >= Json.MAX_DEPTH) {
      throw WingsException.invalid("nested deeper than " + Json.MAX_DEPTH + " levels");
    }
  }

  private MessagePackWriter number(JsonNode node) {
    if (!node.isIntegralNumber()) {
      return real(node.doubleValue());
    }
    if (node.canConvertToLong()) {
      return integer(node.longValue());
    }
    BigInteger value = node.bigIntegerValue();
    if (value.signum() < 0 || value.bitLength() > 64) {
      throw WingsException.invalid("integer does not fit 64 bits");
    }
    return putLong(0xcf, value.longValue());
  }

  /// The number of bytes written so far.
  public int size() {
    return size;
  }

  /// A copy of what was written.
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  /// A read-only view of what was written, valid until the next call that writes or clears.
  public ByteBuffer toByteBuffer() {
    return ByteBuffer.wrap(bytes, 0, size).asReadOnlyBuffer();
  }

  /// Forgets the content and keeps the memory.
  public MessagePackWriter clear() {
    size = 0;
    return this;
  }

  private MessagePackWriter put(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
    return this;
  }

  private MessagePackWriter putShort(int type, int value) {
    ensure(3);
    bytes[size] = (byte) type;
    SHORT.set(bytes, size + 1, (short) value);
    size += 3;
    return this;
  }

  private MessagePackWriter putInt(int type, int value) {
    ensure(5);
    bytes[size] = (byte) type;
    INT.set(bytes, size + 1, value);
    size += 5;
    return this;
  }

  private MessagePackWriter putLong(int type, long value) {
    ensure(9);
    bytes[size] = (byte) type;
    LONG.set(bytes, size + 1, value);
    size += 9;
    return this;
  }

  private void ensure(int more) {
    if (more > bytes.length - size) {
      long needed = (long) size + more;
      if (needed > MAX_SIZE) {
        throw new IllegalStateException("document larger than 2 GiB");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_SIZE, Math.max(needed, bytes.length * 2L)));
    }
  }
}
