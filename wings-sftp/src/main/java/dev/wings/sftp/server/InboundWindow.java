package dev.wings.sftp.server;

import dev.wings.sftp.limit.MemoryBudget;

/// How much a client may send ahead on one channel (RFC 4254, 5.2).
///
/// It begins small, so that many channels which do not get ahead hold little, and doubles up to
/// [#LARGEST] while the client uses all of it and the node's budget allows; large windows are what
/// makes uploads over long distances fast. What has been dealt with is given back in steps of a
/// quarter of the window. Safe for use by many threads.
final class InboundWindow {
  static final int SMALLEST = 256 * 1024;
  static final int LARGEST = 2 * 1024 * 1024;

  private final MemoryBudget budget;
  private int size = SMALLEST;
  private int left = SMALLEST;
  private int dealtWith;
  private boolean closed;

  InboundWindow(MemoryBudget budget) {
    this.budget = budget;
  }

  /// Counts what the client has sent.
  ///
  /// @return false when it was not allowed to send as much
  synchronized boolean receive(long bytes) {
    if (bytes > left) {
      return false;
    }
    left -= (int) bytes;
    return true;
  }

  /// Counts what is dealt with.
  ///
  /// @return how much more the client is to be allowed to send now; often 0
  synchronized int dealtWith(long bytes) {
    dealtWith += (int) bytes;
    if (closed || dealtWith < size / 4) {
      return 0;
    }
    int grant = dealtWith;
    dealtWith = 0;
    boolean used = left < size / 2;
    if (used && size < LARGEST && budget.take(size)) {
      grant += size;
      size *= 2;
    }
    left += grant;
    return grant;
  }

  /// Gives back what was taken from the budget. Idempotent.
  synchronized void close() {
    if (!closed) {
      closed = true;
      budget.release(size - SMALLEST);
    }
  }
}
