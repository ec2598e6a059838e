package dev.wings.daemon.http;

import io.netty.channel.ChannelFuture;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Waiting, on a request's thread, for the peer to take what was written.
final class PeerWait {
  private PeerWait() {}

  /// @throws ClientGoneException when it did not, in time or at all; the connection is then closed
  static void await(ChannelFuture written, Duration patience)
      throws ClientGoneException, InterruptedIOException {
    try {
      if (!written.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        written.channel().close();
        throw new ClientGoneException("client does not read", null);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the client");
    }
    check(written);
  }

  /// @throws ClientGoneException when the write is known to have failed
  static void check(ChannelFuture written) throws ClientGoneException {
    if (written.isDone() && !written.isSuccess()) {
      throw new ClientGoneException("client is gone", written.cause());
    }
  }
}
