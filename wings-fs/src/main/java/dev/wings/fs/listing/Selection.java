package dev.wings.fs.listing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Keeps the first so many of any number of keys, in the memory of twice as many.
final class Selection {
  private final Comparator<SortKey> order;
  private final int capacity;
  private final @Nullable SortKey after;
  private final List<SortKey> kept = new ArrayList<>();

  /// The last one that can still belong to the result.
  private @Nullable SortKey bound;

  private boolean truncated;

  /// @param after only keys behind this one count; null for all
  Selection(Comparator<SortKey> order, int capacity, @Nullable SortKey after) {
    this.order = order;
    this.capacity = capacity;
    this.after = after;
  }

  void offer(SortKey key) {
    if (after != null && order.compare(key, after) <= 0) {
      return;
    }
    if (bound != null && order.compare(key, bound) > 0) {
      return;
    }
    kept.add(key);
    if (kept.size() >= 2 * Math.max(capacity, 64)) {
      cut();
    }
  }

  private void cut() {
    kept.sort(order);
    if (kept.size() > capacity) {
      kept.subList(capacity, kept.size()).clear();
      truncated = true;
      bound = kept.isEmpty() ? null : kept.getLast();
    }
  }

  /// The first keys in order.
  List<SortKey> result() {
    cut();
    return kept;
  }

  /// Whether there are more behind the result; after [#result].
  boolean truncated() {
    return truncated;
  }
}
