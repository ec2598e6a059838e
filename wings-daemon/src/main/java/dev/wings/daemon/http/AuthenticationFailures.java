package dev.wings.daemon.http;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Counts refused credentials per client address (`threats.md` TK-07). A right credential is never
/// held back, so nobody can lock out the Panel from behind the same proxy. Memory is bounded: the
/// address that failed longest ago is forgotten. Safe for use by many threads.
final class AuthenticationFailures {
  static final int PER_MINUTE = 300;
  private static final int ADDRESSES_MAX = 4096;
  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

  private record Window(long startNanos, int failures) {}

  private final LongSupplier nanoTime;
  private final Map<InetAddress, Window> windows =
      new LinkedHashMap<>(64, 0.75f, /* accessOrder= */ true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Window> eldest) {
          return size() > ADDRESSES_MAX;
        }
      };

  AuthenticationFailures(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// Notes a failure. Returns false when the address has used up its share of this minute.
  synchronized boolean note(InetAddress address) {
    long now = nanoTime.getAsLong();
    Window window = windows.get(address);
    if (window == null || now - window.startNanos >= WINDOW_NANOS) {
      window = new Window(now, 0);
    }
    window = new Window(window.startNanos, Math.min(window.failures + 1, PER_MINUTE + 1));
    windows.put(address, window);
    return window.failures <= PER_MINUTE;
  }
}
