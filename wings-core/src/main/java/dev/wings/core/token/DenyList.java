package dev.wings.core.token;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/// Token ids that were revoked, node-wide and for every kind of token (`http-api.md` 3.3). A token
/// is denied when it was issued in or before the second of the denial.
///
/// In memory only: after a restart every older token is refused by its age already. An entry is
/// kept as long as a token may live. When the table is full the oldest entry goes, and with it all
/// tokens that were issued up to the second of that denial are refused, whoever holds them: users
/// fetch a new one, and nobody revoked comes back. Safe for use by many threads.
public final class DenyList {
  private static final int MAX_ENTRIES = 100_000;

  private final InstantSource clock;
  private final long keepSeconds;
  private final int maxEntries;
  private final Map<String, Long> denied = new LinkedHashMap<>(); // oldest denial first
  private long floor = Long.MIN_VALUE;

  /// @param clock stamps denials; the daemon passes its [TokenClock]
  public DenyList(InstantSource clock) {
    this(clock, TokenRules.STANDARD.maxLifetime(), MAX_ENTRIES);
  }

  DenyList(InstantSource clock, Duration keep, int maxEntries) {
    this.clock = clock;
    this.keepSeconds = keep.toSeconds();
    this.maxEntries = maxEntries;
  }

  /// Denies every token with this id that was issued up to now.
  public synchronized void deny(String id) {
    long now = clock.instant().getEpochSecond();
    forgetOld(now);
    denied.remove(id); // moves a known id to the end
    denied.put(id, now);
    if (denied.size() > maxEntries) {
      Map.Entry<String, Long> oldest = denied.entrySet().iterator().next();
      floor = Math.max(floor, oldest.getValue());
      denied.remove(oldest.getKey());
    }
  }

  /// Whether a token with this id, issued in that second, is denied.
  public synchronized boolean denies(String id, long issuedAt) {
    if (issuedAt <= floor) {
      return true;
    }
    Long second = denied.get(id);
    return second != null && issuedAt <= second;
  }

  synchronized int size() {
    return denied.size();
  }

  private void forgetOld(long now) {
    var entries = denied.values().iterator();
    while (entries.hasNext() && entries.next() + keepSeconds < now) {
      entries.remove();
    }
  }
}
