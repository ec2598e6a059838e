package dev.wings.sftp.subsystem;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Bytes of a client, cut into packets. Blocks hold whole packets only, so that the bytes of a
/// WRITE lie together and go to the file without another copy: each byte is copied once, on
/// arrival. Not safe for use by several threads.
///
/// An empty inbox holds nothing. A packet that has begun takes at most eight times what has arrived
/// of it, so announcing much costs little without sending it. Small packets that wait are put
/// together into blocks, so that what waits takes little more memory than its bytes.
final class Inbox {
  /// The longest WRITE that is common, 256 KiB, with room for its other fields.
  static final int MAX_PACKET_BYTES = (256 << 10) + 1024;

  private static final int HEADER_BYTES = Integer.BYTES;
  private static final int SMALL_BYTES = 1024;

  /// Packets one behind the other, from `start` to `end`.
  private static final class Block {
    final byte[] bytes;
    int start;
    int end;

    Block(byte[] bytes, int end) {
      this.bytes = bytes;
      this.end = end;
    }
  }

  private final ArrayDeque<Block> blocks = new ArrayDeque<>(2);

  /// A packet that has not wholly arrived, and how much of it has.
  private byte @Nullable [] partial;

  private int filled;

  /// Thrown for a client that does not speak the protocol.
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /// Takes all of it.
  ///
  /// @throws Malformed when the length of a packet cannot be; nothing more can be understood then
  void add(ByteBuffer data) throws Malformed {
    while (data.hasRemaining()) {
      if (partial == null) {
        int whole = wholePackets(data);
        if (whole > 0) {
          append(data, whole);
        } else {
          partial = new byte[Math.min(SMALL_BYTES, Math.max(64, data.remaining()))];
          filled = 0;
        }
      } else {
        fill(partial, data);
      }
    }
  }

  /// Bytes of the packets that are whole at the beginning of `data`.
  private static int wholePackets(ByteBuffer data) throws Malformed {
    int at = data.position();
    while (data.limit() - at >= HEADER_BYTES) {
      int size = HEADER_BYTES + checked(data.getInt(at));
      if (data.limit() - at < size) {
        break;
      }
      at += size;
    }
    return at - data.position();
  }

  private static int checked(int length) throws Malformed {
    if (length < 1 || length > MAX_PACKET_BYTES) {
      throw new Malformed(
          "length of a packet: "
              + Integer.toUnsignedString(length)
              + " (expected: 1 to "
              + MAX_PACKET_BYTES
              + ")");
    }
    return length;
  }

  private void fill(byte[] packet, ByteBuffer data) throws Malformed {
    byte[] target = packet;
    if (filled < HEADER_BYTES) {
      take(target, data, HEADER_BYTES);
      if (filled < HEADER_BYTES) {
        return;
      }
    }
    int size = HEADER_BYTES + checked(ByteBuffer.wrap(target).getInt(0));
    int arrived = Math.min(size, filled + data.remaining());
    if (target.length < arrived) {
      target = Arrays.copyOf(target, (int) Math.min(size, 8L * arrived));
      partial = target;
    }
    take(target, data, size);
    if (filled == size) {
      partial = null;
      blocks.add(new Block(target, size));
    }
  }

  private void take(byte[] target, ByteBuffer data, int upTo) {
    int count = Math.min(upTo - filled, data.remaining());
    data.get(target, filled, count);
    filled += count;
  }

  private void append(ByteBuffer data, int count) {
    Block last = blocks.peekLast();
    if (last == null || last.bytes.length - last.end < count) {
      boolean waiting = last != null;
      last = new Block(new byte[waiting ? Math.max(SMALL_BYTES, count) : count], 0);
      blocks.add(last);
    }
    data.get(last.bytes, last.end, count);
    last.end += count;
  }

  boolean isEmpty() {
    return blocks.isEmpty();
  }

  /// The next packet without its length.
  @Nullable Fields next() {
    Block first = blocks.peekFirst();
    if (first == null) {
      return null;
    }
    int start = first.start + HEADER_BYTES;
    int end = start + ByteBuffer.wrap(first.bytes).getInt(first.start);
    first.start = end;
    if (end == first.end) {
      blocks.removeFirst();
    }
    return new Fields(first.bytes, start, end);
  }

  void clear() {
    blocks.clear();
    partial = null;
  }
}
