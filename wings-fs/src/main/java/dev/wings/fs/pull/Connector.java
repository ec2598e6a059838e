package dev.wings.fs.pull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// Opens connections. Only addresses that were judged before get here.
@FunctionalInterface
public interface Connector {
  /// Straight TCP, whatever proxy the environment names.
  Connector DIRECT = Connector::direct;

  /// A connected channel in blocking mode.
  SocketChannel connect(InetSocketAddress address, Duration timeout) throws IOException;

  private static SocketChannel direct(InetSocketAddress address, Duration timeout)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    boolean connected = false;
    try {
      channel.socket().connect(address, Math.toIntExact(Math.max(1, timeout.toMillis())));
      connected = true;
      return channel;
    } finally {
      if (!connected) {
        channel.close();
      }
    }
  }
}
