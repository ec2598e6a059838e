package dev.wings.daemon.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/// An answer's body on its way from the request's thread to the socket: collects [#CHUNK_BYTES],
/// writes them, and waits whenever the peer does not take them, so a slow client costs two chunks
/// of memory. The head goes out with the first chunk.
final class ResponseBodyStream extends OutputStream {
  static final int CHUNK_BYTES = 32 << 10;

  private final Channel channel;
  private final HttpLimits limits;
  private final boolean chunked;
  private final boolean discarding;

  private ByteBuf pending;
  private int payload;
  private long total;
  private boolean closed;
  private boolean headSent;

  /// @param head encoded head; this stream releases it
  /// @param chunked with chunk sizes around the parts, otherwise bare bytes
  /// @param discarding send only the head
  ResponseBodyStream(
      Channel channel, HttpLimits limits, ByteBuf head, boolean chunked, boolean discarding) {
    this.channel = channel;
    this.limits = limits;
    this.chunked = chunked;
    this.discarding = discarding;
    this.pending = head;
  }

  /// Bytes of the body so far, framing not counted.
  long total() {
    return total;
  }

  /// Whether anything went out; until then another answer can still be given.
  boolean headSent() {
    return headSent;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    if (closed) {
      throw new IOException("answer is closed");
    }
    total += length;
    if (discarding) {
      return;
    }
    int from = offset;
    int left = length;
    while (left > 0) {
      int part = Math.min(left, CHUNK_BYTES);
      append(source, from, part);
      from += part;
      left -= part;
    }
  }

  /// Sends what was collected, so that a follower sees it at once.
  @Override
  public void flush() throws IOException {
    if (!closed && payload > 0) {
      send();
    }
  }

  /// Completes the body and waits until the peer took it.
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    if (chunked && !discarding) {
      pending = join(pending, ascii("0\r\n\r\n"));
    }
    ByteBuf last = pending;
    pending = Unpooled.EMPTY_BUFFER;
    headSent = true;
    PeerWait.await(channel.writeAndFlush(last), limits.writeStall());
  }

  /// Gives up: nothing more is sent, what was collected is released.
  void abandon() {
    closed = true;
    pending.release();
    pending = Unpooled.EMPTY_BUFFER;
  }

  private void append(byte[] source, int offset, int length) throws IOException {
    ByteBuf part = channel.alloc().buffer(length + 16);
    if (chunked) {
      ByteBufUtil.writeAscii(part, Integer.toHexString(length));
      part.writeByte('\r').writeByte('\n');
    }
    part.writeBytes(source, offset, length);
    if (chunked) {
      part.writeByte('\r').writeByte('\n');
    }
    pending = join(pending, part);
    payload += length;
    if (payload >= CHUNK_BYTES) {
      send();
    }
  }

  private void send() throws IOException {
    ByteBuf full = pending;
    pending = Unpooled.EMPTY_BUFFER;
    payload = 0;
    ChannelFuture written = channel.writeAndFlush(full);
    headSent = true;
    if (channel.isWritable()) {
      PeerWait.check(written);
    } else {
      PeerWait.await(written, limits.writeStall());
    }
  }

  private ByteBuf join(ByteBuf first, ByteBuf second) {
    if (!first.isReadable()) {
      first.release();
      return second;
    }
    ByteBuf joined = channel.alloc().buffer(first.readableBytes() + second.readableBytes());
    joined.writeBytes(first).writeBytes(second);
    first.release();
    second.release();
    return joined;
  }

  private ByteBuf ascii(String text) {
    return ByteBufUtil.writeAscii(channel.alloc(), text);
  }
}
