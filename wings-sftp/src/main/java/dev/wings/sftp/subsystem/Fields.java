package dev.wings.sftp.subsystem;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Reads the fields of one packet in their order. Every length is held against what the packet
/// still has before it is used; a packet that lies ends in `BAD_MESSAGE`.
final class Fields {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private final int end;
  private int position;

  /// @param start index of the first byte after the length of the packet
  Fields(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  int remaining() {
    return end - position;
  }

  private int take(int size) throws StatusException {
    if (size < 0 || size > end - position) {
      throw new StatusException(Status.BAD_MESSAGE);
    }
    int at = position;
    position += size;
    return at;
  }

  int u8() throws StatusException {
    return Byte.toUnsignedInt(bytes[take(1)]);
  }

  int u32() throws StatusException {
    return (int) INT.get(bytes, take(Integer.BYTES));
  }

  long u64() throws StatusException {
    return (long) LONG.get(bytes, take(Long.BYTES));
  }

  byte[] string() throws StatusException {
    int length = u32();
    int at = take(length);
    return Arrays.copyOfRange(bytes, at, at + length);
  }

  /// A string without a copy; good as long as the packet.
  ByteBuffer data() throws StatusException {
    int length = u32();
    return ByteBuffer.wrap(bytes, take(length), length);
  }
}
