package dev.wings.sftp.limit;

import java.util.concurrent.atomic.AtomicLong;

/// Memory that all connections share for bytes that are on their way, so that clients which send
/// without end or never read cannot use up the heap together.
public final class MemoryBudget {
  private final long bytes;
  private final AtomicLong taken = new AtomicLong();

  public MemoryBudget(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("bytes: " + bytes + " (expected: > 0)");
    }
    this.bytes = bytes;
  }

  /// Takes memory if there is as much.
  public boolean take(long amount) {
    if (taken.addAndGet(amount) <= bytes) {
      return true;
    }
    taken.addAndGet(-amount);
    return false;
  }

  /// Counts memory that is used already, even if it is more than there should be.
  public void use(long amount) {
    taken.addAndGet(amount);
  }

  /// Gives back what was taken or used.
  public void release(long amount) {
    taken.addAndGet(-amount);
  }

  /// Whether more is used than there should be.
  public boolean exceeded() {
    return taken.get() > bytes;
  }
}
