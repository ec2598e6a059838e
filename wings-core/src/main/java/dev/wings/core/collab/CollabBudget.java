package dev.wings.core.collab;

import java.util.concurrent.atomic.AtomicLong;

/// What the editing of files may take of the node's memory, all servers together, in estimated
/// bytes. When it is used up nothing new is opened and texts lose the memory of their edits. Safe
/// for use by many threads.
public final class CollabBudget {
  private final long limitBytes;
  private final AtomicLong usedBytes = new AtomicLong();

  public CollabBudget(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /// @param bytes negative when something is given back
  public void add(long bytes) {
    usedBytes.addAndGet(bytes);
  }

  public boolean exhausted() {
    return usedBytes.get() > limitBytes;
  }

  public long usedBytes() {
    return usedBytes.get();
  }
}
