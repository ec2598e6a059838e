package dev.wings.core.token;

import dev.wings.core.WingsException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Counts how often each download or upload link was used (`http-api.md` 3.4).
///
/// In memory only: after a restart every older token is refused by its age already. A counter is
/// kept as long as a token may live, measured by the monotonic clock. When the table is full the
/// counter that was opened first goes, and links issued up to the same second as that one count as
/// used up, so that forgetting never gives a use back. Safe for use by many threads.
public final class UseCounter {
  private static final int MAX_ENTRIES = 1 << 16;

  private final LongSupplier nanos;
  private final LongSupplier maxUses;
  private final long keepNanos;
  private final int maxEntries;
  private final Map<String, Counter> counters = new LinkedHashMap<>(); // first use first
  private long floor = Long.MIN_VALUE;

  private static final class Counter {
    final long openedNanos;
    final long issuedAt;
    long uses;

    Counter(long openedNanos, long issuedAt) {
      this.openedNanos = openedNanos;
      this.issuedAt = issuedAt;
    }
  }

  /// @param maxUses `api.max_jwt_uses`; 0 is unlimited
  /// @param nanos monotonic clock such as `System::nanoTime`
  public UseCounter(LongSupplier maxUses, LongSupplier nanos) {
    this(maxUses, nanos, TokenRules.STANDARD.maxLifetime(), MAX_ENTRIES);
  }

  UseCounter(LongSupplier maxUses, LongSupplier nanos, Duration keep, int maxEntries) {
    this.maxUses = maxUses;
    this.nanos = nanos;
    this.keepNanos = keep.toNanos();
    this.maxEntries = maxEntries;
  }

  /// Takes one use, before the request is looked at any further.
  ///
  /// @throws WingsException kind `DENIED` when the token has no use left
  public void use(Token.FileDownload token) {
    take(token.uniqueId(), token.claims().issuedSecond());
  }

  /// Takes one use, before the request is looked at any further.
  ///
  /// @throws WingsException kind `DENIED` when the token has no use left
  public void use(Token.BackupDownload token) {
    take(token.uniqueId(), token.claims().issuedSecond());
  }

  /// Takes one use, before the request is looked at any further.
  ///
  /// @throws WingsException kind `DENIED` when the token has no use left
  public void use(Token.Upload token) {
    take(token.uniqueId(), token.claims().issuedSecond());
  }

  private void take(String id, long issuedAt) {
    if (!tryTake(id, issuedAt)) {
      throw WingsException.denied("token has already been used");
    }
  }

  synchronized boolean tryTake(String id, long issuedAt) {
    long limit = maxUses.getAsLong();
    if (limit <= 0) {
      return true;
    }
    long now = nanos.getAsLong();
    forgetOld(now);
    Counter counter = counters.get(id);
    if (counter == null) {
      if (issuedAt <= floor) {
        return false;
      }
      counter = new Counter(now, issuedAt);
      counters.put(id, counter);
      if (counters.size() > maxEntries) {
        Map.Entry<String, Counter> oldest = counters.entrySet().iterator().next();
        floor = Math.max(floor, oldest.getValue().issuedAt);
        counters.remove(oldest.getKey());
      }
    }
    if (counter.uses >= limit) {
      return false;
    }
    counter.uses++;
    return true;
  }

  synchronized int size() {
    return counters.size();
  }

  private void forgetOld(long now) {
    var entries = counters.values().iterator();
    while (entries.hasNext() && now - entries.next().openedNanos > keepNanos) {
      entries.remove();
    }
  }
}
