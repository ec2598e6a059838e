package dev.wings.daemon.http;

import dev.wings.fs.send.OpenedFile;
import dev.wings.fs.send.OutgoingSocket;
import dev.wings.fs.send.PeerGoneException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;

/// Sends files over one connection, from a thread that may block.
///
/// On a plain connection the thread itself calls sendfile(2): an event loop would stand still while
/// the kernel waits for a disk, or for ever when that disk is a hung mount (`threats.md` JV-06).
/// Everything that Netty has written before must be flushed then, and Netty must write nothing
/// until the end; that holds because one exchange owns the connection at a time. With TLS, and for
/// files without a descriptor, parts are copied through the connection's buffers.
final class FileSending {
  private static final int COPY_BYTES = 128 << 10;
  private static final long SEND_BYTES = 4 << 20;
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Channel channel;
  private final Duration stall;

  /// @param stall how long the peer may take nothing
  FileSending(Channel channel, Duration stall) {
    this.channel = channel;
    this.stall = stall;
  }

  /// Whether files can go into this connection's socket past Netty.
  boolean direct(OpenedFile file) {
    return file.sendable()
        && channel instanceof UnixChannel
        && channel.pipeline().get(SslHandler.class) == null;
  }

  /// Sends past Netty.
  ///
  /// @return bytes sent, less than `count` when the file has become shorter
  long send(OpenedFile file, long position, long count) throws IOException {
    try (OutgoingSocket socket = socket()) {
      long sent = 0;
      long silentSince = System.nanoTime();
      while (sent < count) {
        long part = file.sendTo(socket, position + sent, Math.min(SEND_BYTES, count - sent));
        if (part == 0) {
          return sent;
        }
        if (part > 0) {
          sent += part;
          silentSince = System.nanoTime();
        } else if (!socket.awaitWritable(LOOK)) {
          checkPatience(silentSince);
        }
        if (!channel.isActive()) {
          throw new ClientGoneException("client is gone", null);
        }
      }
      return sent;
    } catch (PeerGoneException gone) {
      throw new ClientGoneException("client is gone", gone);
    }
  }

  private void checkPatience(long silentSince) throws IOException {
    if (System.nanoTime() - silentSince > stall.toNanos()) {
      channel.close();
      throw new ClientGoneException("client does not read", null);
    }
    if (Thread.interrupted()) {
      throw new InterruptedIOException("interrupted while sending a file");
    }
  }

  /// The number is read and copied on the event loop, where nobody else can close it meanwhile.
  private OutgoingSocket socket() throws IOException {
    Future<OutgoingSocket> copied =
        channel
            .eventLoop()
            .submit(() -> {
              if (!channel.isActive()) {
                throw new ClientGoneException("client is gone", null);
              }
              return OutgoingSocket.of(((UnixChannel) channel).fd().intValue());
            });
    try {
      return copied.get();
    } catch (InterruptedException interrupted) {
      copied.addListener(_ -> {
        if (copied.isSuccess()) {
          copied.getNow().close(); // nobody takes it
        }
      });
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sending a file");
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof IOException failure
          ? failure
          : new IOException("socket cannot be used", failed.getCause());
    }
  }

  /// Reads a part of a file into a buffer for the connection; the caller releases it.
  ///
  /// @return empty at the end of the file
  ByteBuf read(OpenedFile file, long position, long count) throws IOException {
    int length = (int) Math.min(COPY_BYTES, count);
    ByteBuf part = channel.alloc().directBuffer(length);
    boolean done = false;
    try {
      ByteBuffer target = part.internalNioBuffer(0, length);
      int from = target.position();
      while (target.hasRemaining()) {
        if (file.read(target, position + target.position() - from) == 0) {
          break;
        }
      }
      part.writerIndex(target.position() - from);
      done = true;
      return part;
    } finally {
      if (!done) {
        part.release();
      }
    }
  }
}
