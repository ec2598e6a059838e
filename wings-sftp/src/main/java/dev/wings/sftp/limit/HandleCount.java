package dev.wings.sftp.limit;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// Open files and directories of all connections of a node, held against
/// [SftpLimits#handlesTotal()].
public final class HandleCount {
  private final Supplier<SftpLimits> limits;
  private final AtomicInteger open = new AtomicInteger();

  /// @param limits asked at each use
  public HandleCount(Supplier<SftpLimits> limits) {
    this.limits = requireNonNull(limits, "limits");
  }

  /// Counts one more.
  ///
  /// @return false when there are as many as there may be; nothing was counted then
  public boolean take() {
    int most = limits.get().handlesTotal();
    int before = open.get();
    while (before < most) {
      int seen = open.compareAndExchange(before, before + 1);
      if (seen == before) {
        return true;
      }
      before = seen;
    }
    return false;
  }

  /// Gives back what [#take] counted.
  public void release() {
    if (open.decrementAndGet() < 0) {
      open.incrementAndGet();
      throw new IllegalStateException("release: no handle is open");
    }
  }

  /// Whether [#take] would refuse at this moment.
  public boolean full() {
    return open.get() >= limits.get().handlesTotal();
  }

  /// How many are open now.
  public int open() {
    return open.get();
  }
}
