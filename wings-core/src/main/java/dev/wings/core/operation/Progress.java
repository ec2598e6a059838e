package dev.wings.core.operation;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/// How far long work has come, and the wish that it ends. One object goes from whoever started the
/// work down to whoever reads and writes, so that both travel from end to end. Safe for use by many
/// threads; a worker calls [#check] at least every 100 milliseconds or every MiB.
public final class Progress {
  private final LongAdder bytes = new LongAdder();
  private final LongAdder files = new LongAdder();
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private volatile long total;

  /// Bytes that have been dealt with since the last call.
  public void addBytes(long count) {
    bytes.add(count);
  }

  /// One more file or directory is done.
  public void addFile() {
    files.increment();
  }

  /// Sets the bytes that are expected; 0 when unknown.
  public void expect(long bytesTotal) {
    total = bytesTotal;
  }

  public long bytes() {
    return bytes.sum();
  }

  public long files() {
    return files.sum();
  }

  /// Expected bytes, 0 when unknown. An estimate: it may be exceeded.
  public long total() {
    return total;
  }

  /// Asks the work to end soon. Idempotent.
  public void cancel() {
    cancelled.set(true);
  }

  public boolean cancelled() {
    return cancelled.get();
  }

  /// @throws OperationAbortedException when the work was asked to end
  public void check() {
    if (cancelled.get()) {
      throw new OperationAbortedException();
    }
  }
}
