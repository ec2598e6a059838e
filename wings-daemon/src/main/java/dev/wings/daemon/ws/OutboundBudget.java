package dev.wings.daemon.ws;

import java.util.concurrent.atomic.AtomicLong;

/// Memory that console output of all servers may use at one stage of its way: lines before they are
/// encoded, or encoded messages while slow connections wait for them. Above it lines are lost
/// earlier than the limit of the single server or connection would make them.
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
