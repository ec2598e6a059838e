package dev.wings.daemon.ws;

import java.util.concurrent.atomic.AtomicLong;

/// Memory that encoded messages of all servers may use while slow connections wait for them. Above
/// it connections lose console lines earlier than their own queue would make them.
final class OutboundBudget {
  private final long limitBytes;
  private final AtomicLong usedBytes = new AtomicLong();

  OutboundBudget(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  void add(long bytes) {
    usedBytes.addAndGet(bytes);
  }

  boolean exhausted() {
    return usedBytes.get() > limitBytes;
  }

  long usedBytes() {
    return usedBytes.get();
  }
}
