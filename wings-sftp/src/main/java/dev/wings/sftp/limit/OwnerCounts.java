package dev.wings.sftp.limit;

import java.util.concurrent.ConcurrentHashMap;

/// Counts the connections of each user (`max_connections_per_user`).
public final class OwnerCounts {
  private final ConcurrentHashMap<Object, Integer> counts = new ConcurrentHashMap<>();

  /// Takes one of `most` places.
  public boolean take(Object owner, int most) {
    boolean[] taken = new boolean[1];
    counts.compute(
        owner,
        (_, n) -> {
          int now = n == null ? 0 : n;
          taken[0] = now < most;
          return taken[0] ? Integer.valueOf(now + 1) : n;
        });
    return taken[0];
  }

  /// Gives back a place that was taken.
  public void release(Object owner) {
    counts.computeIfPresent(owner, (_, n) -> n > 1 ? n - 1 : null);
  }
}
