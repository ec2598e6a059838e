package dev.wings.fs.archive.read;

import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.SpaceGate;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/// Counts what a sandbox allocates, and refuses more than a limit.
final class DiskLimit implements SpaceGate {
  private final AtomicLong used = new AtomicLong();
  private volatile long limit = Long.MAX_VALUE;

  void limit(long bytes) {
    limit = bytes;
  }

  long used() {
    return used.get();
  }

  @Override
  public void reserve(long bytes, long before) throws IOException {
    if (used.addAndGet(bytes) > limit) {
      used.addAndGet(-bytes);
      throw new DiskLimitException("the disk limit would be exceeded");
    }
  }

  @Override
  public void release(long bytes) {
    used.addAndGet(-bytes);
  }

  @Override
  public void settle(byte[] directory, long reserved, long logical, long physical) {
    used.addAndGet(physical - reserved);
  }

  @Override
  public void created(byte[] directory, long logical, long physical) {
    // has been reserved
  }

  @Override
  public void removed(byte[] directory, long physical) {
    used.addAndGet(-physical);
  }

  @Override
  public void moved(byte[] from, byte[] to) {
    // changes nothing
  }
}
