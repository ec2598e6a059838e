package dev.wings.sftp.subsystem;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Builds one packet for the client. The buffer grows as needed.
final class Reply {
  private static final int STATUS = 101;
  private static final int HANDLE = 102;
  private static final int DATA = 103;
  private static final int NAME = 104;
  private static final int DATA_HEADER_BYTES = 4 + 1 + 4 + 4;
  private static final byte[] LANGUAGE = "en-US".getBytes(StandardCharsets.US_ASCII);
  private static final int USUAL_SIZE = 256;

  private byte[] bytes;
  private int length = Integer.BYTES; // the packet's length goes there in the end

  private Reply(int size) {
    bytes = new byte[size];
  }

  /// A packet that answers a request.
  static Reply of(int type, int id) {
    return of(type, id, USUAL_SIZE);
  }

  /// @param size expected, in bytes
  static Reply of(int type, int id, int size) {
    return new Reply(size).u8(type).u32(id);
  }

  static Reply version(int type, int version) {
    return new Reply(1024).u8(type).u32(version);
  }

  static ByteBuffer status(int id, Status status) {
    byte[] text = status.text();
    int size = 4 + 1 + 4 + 4 + 4 + text.length + 4 + LANGUAGE.length;
    return of(STATUS, id, size).u32(status.code()).string(text).string(LANGUAGE).packet();
  }

  static ByteBuffer handle(int id, byte[] handle) {
    return of(HANDLE, id, 4 + 1 + 4 + 4 + handle.length).string(handle).packet();
  }

  /// A packet with room for `count` bytes of a file, which the caller puts at its position.
  static ByteBuffer forData(int count) {
    return ByteBuffer.wrap(
        new byte[DATA_HEADER_BYTES + count], DATA_HEADER_BYTES, count); // read into where it stays
  }

  /// How many bytes were put into a packet of [#forData].
  static int dataBytes(ByteBuffer packet) {
    return packet.position() - DATA_HEADER_BYTES;
  }

  /// Finishes a packet of [#forData].
  static ByteBuffer data(int id, ByteBuffer packet) {
    int count = dataBytes(packet);
    packet.flip();
    packet.putInt(0, packet.limit() - Integer.BYTES).put(4, (byte) DATA).putInt(5, id);
    return packet.putInt(9, count);
  }

  /// One name without attributes.
  static ByteBuffer name(int id, byte[] name) {
    int size = 4 + 1 + 4 + 4 + 2 * (4 + name.length) + 4;
    return of(NAME, id, size).u32(1).string(name).string(name).u32(0).packet();
  }

  /// Bytes so far.
  int length() {
    return length;
  }

  private int grow(int more) {
    int at = length;
    if (bytes.length - at < more) {
      bytes = Arrays.copyOf(bytes, Math.max(at + more, bytes.length * 2));
    }
    length = at + more;
    return at;
  }

  Reply u8(int value) {
    int at = grow(1);
    bytes[at] = (byte) value;
    return this;
  }

  Reply u32(int value) {
    int at = grow(Integer.BYTES);
    put(at, value);
    return this;
  }

  private void put(int at, int value) {
    bytes[at] = (byte) (value >>> 24);
    bytes[at + 1] = (byte) (value >>> 16);
    bytes[at + 2] = (byte) (value >>> 8);
    bytes[at + 3] = (byte) value;
  }

  Reply u64(long value) {
    return u32((int) (value >>> 32)).u32((int) value);
  }

  Reply string(byte[] value) {
    return u32(value.length).raw(value);
  }

  Reply raw(byte[] value) {
    int at = grow(value.length);
    System.arraycopy(value, 0, bytes, at, value.length);
    return this;
  }

  /// Leaves room for a number that is known later, for [#set].
  int mark() {
    return grow(Integer.BYTES);
  }

  void set(int mark, int value) {
    put(mark, value);
  }

  /// The finished packet; nothing may be added afterwards.
  ByteBuffer packet() {
    put(0, length - Integer.BYTES);
    return ByteBuffer.wrap(bytes, 0, length);
  }
}
