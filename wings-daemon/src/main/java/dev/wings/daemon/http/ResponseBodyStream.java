package dev.wings.daemon.http;

import dev.wings.fs.send.OpenedFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.util.Objects;

/// An answer's body on its way from the request's thread to the socket: collects [#CHUNK_BYTES],
/// writes them, and waits whenever the peer does not take them, so a slow client costs two chunks
/// of memory. The head goes out with the first chunk.
final class ResponseBodyStream extends ResponseBody {
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

  @Override
  public void send(OpenedFile file, long position, long count) throws IOException {
    if (closed) {
      throw new IOException("answer is closed");
    }
    total += count;
    if (discarding) {
      return;
    }
    FileSending sending = new FileSending(channel, limits.writeStall());
    long sent = 0;
    if (!chunked && sending.direct(file)) {
      drain();
      sent = sending.send(file, position, count);
    } else {
      sent = copy(sending, file, position, count);
    }
    zeros(count - sent);
  }

  /// Waits until everything written so far has left Netty.
  private void drain() throws IOException {
    ByteBuf rest = pending;
    pending = Unpooled.EMPTY_BUFFER;
    payload = 0;
    headSent = true;
    PeerWait.await(channel.writeAndFlush(rest), limits.writeStall());
  }

  private long copy(FileSending sending, OpenedFile file, long position, long count)
      throws IOException {
    long copied = 0;
    while (copied < count) {
      ByteBuf part = sending.read(file, position + copied, count - copied);
      int length = part.readableBytes();
      if (length == 0) {
        part.release();
        break;
      }
      copied += length;
      if (pending.isReadable()) {
        drain();
      }
      pending = chunked ? framed(part) : part;
      payload = length;
      send();
    }
    return copied;
  }

  private ByteBuf framed(ByteBuf part) {
    return Unpooled.wrappedBuffer(
        ascii(Integer.toHexString(part.readableBytes()) + "\r\n"), part, ascii("\r\n"));
  }

  private void zeros(long count) throws IOException {
    byte[] nothing = new byte[(int) Math.min(CHUNK_BYTES, count)];
    total -= count; // counted again below
    for (long left = count; left > 0; left -= nothing.length) {
      write(nothing, 0, (int) Math.min(nothing.length, left));
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
