package dev.wings.core.collab.document;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A collection of items: a sequence, and for each key the last item of a chain of values. The
/// shared text is one; others are carried along for clients that have them.
final class Branch {
  private final @Nullable Item owner;
  private final Map<String, Item> entries = new HashMap<>();
  private @Nullable Item start;

  /// @param owner the item that holds it, null at the top of the document
  Branch(@Nullable Item owner) {
    this.owner = owner;
  }

  @Nullable Item owner() {
    return owner;
  }

  @Nullable Item start() {
    return start;
  }

  void start(Item first) {
    start = first;
  }

  Map<String, Item> entries() {
    return entries;
  }
}
