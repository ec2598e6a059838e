package dev.wings.core.collab.document;

/// A run of units that one client made, with consecutive clocks.
abstract sealed class Struct permits Item, Collected, Gap {
  private final long client;
  private final int clock;

  Struct(long client, int clock) {
    this.client = client;
    this.clock = clock;
  }

  final long client() {
    return client;
  }

  /// Of the first unit.
  final int clock() {
    return clock;
  }

  /// Number of units, at least 1.
  abstract int length();

  abstract boolean deleted();

  /// Clock behind the last unit.
  final int end() {
    return clock + length();
  }
}
