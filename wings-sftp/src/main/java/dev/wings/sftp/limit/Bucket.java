package dev.wings.sftp.limit;

/// A token bucket on an injected clock. Not safe for use by many threads; its owner locks.
final class Bucket {
  private final double capacity;
  private double tokens;
  private long filledAt;

  Bucket(double capacity, long now) {
    this.capacity = capacity;
    this.tokens = capacity;
    this.filledAt = now;
  }

  /// Adds what has come in since the last call.
  Bucket fill(double perSecond, long now) {
    tokens = Math.min(capacity, tokens + Math.max(0, now - filledAt) * perSecond / 1e9);
    filledAt = now;
    return this;
  }

  boolean isReady() {
    return tokens >= 1;
  }

  void take() {
    tokens -= 1;
  }

  void giveBack() {
    tokens = Math.min(capacity, tokens + 1);
  }
}
