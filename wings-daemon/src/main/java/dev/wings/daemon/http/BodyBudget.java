package dev.wings.daemon.http;

import java.util.concurrent.atomic.AtomicLong;

/// Memory that the structured bodies of all requests may take at the same time (`threats.md`
/// JV-04). The document that is read from a body takes several times as much, so the budget is
/// small: four of the longest bodies, or thousands of ordinary ones. Safe for use by many threads.
final class BodyBudget {
  static final long BYTES = 8 << 20;

  private final long limitBytes;
  private final AtomicLong usedBytes = new AtomicLong();

  BodyBudget(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /// Takes room for more of a body.
  ///
  /// @return false when there is none; nothing is taken then
  boolean take(Exchange exchange, int bytes) {
    if (usedBytes.addAndGet(bytes) > limitBytes) {
      usedBytes.addAndGet(-bytes);
      return false;
    }
    exchange.heldBytes.addAndGet(bytes);
    return true;
  }

  /// The exchange does not need its body any more. May be called again.
  void giveBack(Exchange exchange) {
    usedBytes.addAndGet(-exchange.heldBytes.getAndSet(0));
  }

  long usedBytes() {
    return usedBytes.get();
  }
}
