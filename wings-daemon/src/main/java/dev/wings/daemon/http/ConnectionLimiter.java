package dev.wings.daemon.http;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Counts open connections, in all and per peer (`threats.md` DS-08). Safe for use by many threads.
final class ConnectionLimiter {
  private final HttpLimits limits;
  private final AtomicInteger total = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();

  ConnectionLimiter(HttpLimits limits) {
    this.limits = limits;
  }

  /// Takes a place until the channel closes.
  ///
  /// @param exempt the peer stands for many clients, so only the total counts
  /// @return false when there is no place left; the channel is not counted then
  boolean admit(Channel channel, InetAddress peer, boolean exempt) {
    if (total.incrementAndGet() > limits.connectionsTotal()) {
      total.decrementAndGet();
      return false;
    }
    if (!exempt) {
      int open = perAddress.merge(peer, 1, Integer::sum);
      if (open > limits.connectionsPerAddress()) {
        leave(peer);
        total.decrementAndGet();
        return false;
      }
    }
    channel
        .closeFuture()
        .addListener(_ -> {
          total.decrementAndGet();
          if (!exempt) {
            leave(peer);
          }
        });
    return true;
  }

  int open() {
    return total.get();
  }

  private void leave(InetAddress peer) {
    perAddress.computeIfPresent(peer, (_, open) -> open == 1 ? null : open - 1);
  }
}
