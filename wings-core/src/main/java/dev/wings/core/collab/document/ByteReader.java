package dev.wings.core.collab.document;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads the primitives of Yjs' encoding (lib0): integers of variable length with seven bits in a
/// byte, the lowest first, and strings in UTF-8 behind their length in bytes.
public final class ByteReader {
  /// Largest integer that JavaScript holds exactly.
  public static final long MAX_INTEGER = (1L << 53) - 1;

  private static final int MAX_DEPTH = 64;

  private final byte[] bytes;
  private int position;

  public ByteReader(byte[] bytes) {
    this.bytes = bytes;
  }

  public int remaining() {
    return bytes.length - position;
  }

  int position() {
    return position;
  }

  /// What lies between two positions.
  byte[] slice(int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  int readByte() throws BadUpdateException {
    if (position >= bytes.length) {
      throw new BadUpdateException("unexpected end");
    }
    return bytes[position++] & 0xff;
  }

  /// @throws BadUpdateException also above [#MAX_INTEGER]
  public long readUnsigned() throws BadUpdateException {
    long value = 0;
    for (int shift = 0; shift < 56; shift += 7) {
      int next = readByte();
      value |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        if (value > MAX_INTEGER) {
          break;
        }
        return value;
      }
    }
    throw new BadUpdateException("integer out of range");
  }

  /// A clock, length or count; this implementation has no more than 2^31-1 of anything.
  int readInt() throws BadUpdateException {
    long value = readUnsigned();
    if (value > Integer.MAX_VALUE) {
      throw new BadUpdateException("number too large: " + value);
    }
    return (int) value;
  }

  /// A count of things that take at least one byte each.
  public int readCount() throws BadUpdateException {
    int count = readInt();
    if (count > remaining()) {
      throw new BadUpdateException("count too large: " + count);
    }
    return count;
  }

  Id readId() throws BadUpdateException {
    long client = readUnsigned();
    return new Id(client, readInt());
  }

  public String readString() throws BadUpdateException {
    int length = readCount();
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes, position, length))
              .toString();
      position += length;
      return text;
    } catch (CharacterCodingException e) {
      throw new BadUpdateException("string is not UTF-8");
    }
  }

  void skip(int count) throws BadUpdateException {
    if (count > remaining()) {
      throw new BadUpdateException("unexpected end");
    }
    position += count;
  }

  void skipBlock() throws BadUpdateException {
    skip(readCount());
  }

  /// Passes over one value of the format for arbitrary values.
  void skipAny() throws BadUpdateException {
    skipAny(0);
  }

  private void skipAny(int depth) throws BadUpdateException {
    if (depth > MAX_DEPTH) {
      throw new BadUpdateException("value nested too deeply");
    }
    switch (readByte()) {
      case 127, 126, 121, 120 -> {} // undefined, null, false, true
      case 125 -> skipSignedInteger();
      case 124 -> skip(4);
      case 123, 122 -> skip(8);
      case 119 -> readString();
      case 118 -> {
        for (int left = readCount(); left > 0; left--) {
          readString();
          skipAny(depth + 1);
        }
      }
      case 117 -> {
        for (int left = readCount(); left > 0; left--) {
          skipAny(depth + 1);
        }
      }
      case 116 -> skipBlock();
      default -> throw new BadUpdateException("unknown kind of value");
    }
  }

  private void skipSignedInteger() throws BadUpdateException {
    for (int length = 0; length < 9; length++) {
      if (readByte() < 0x80) {
        return;
      }
    }
    throw new BadUpdateException("integer out of range");
  }
}
