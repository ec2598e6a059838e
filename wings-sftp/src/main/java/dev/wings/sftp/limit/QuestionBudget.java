package dev.wings.sftp.limit;

/// How many questions the authenticator is asked: never more than [#PER_WINDOW] in any
/// [#WINDOW_SECONDS] seconds (the Panel allows 60), and by far not all of them for the untrusted.
///
/// Three layers, each inside the one before: all questions; those of clients that never logged in
/// (39 per window at most, one a bit more than each second); those of clients with failures (20 per
/// window, one each 2.5 seconds). An attack from few or many addresses soon lives in the innermost
/// layer only, so that somebody new gets a turn within two seconds and somebody known at once.
///
/// Not safe for use by many threads; [LoginGate] locks.
final class QuestionBudget {
  static final int PER_WINDOW = 50;
  static final int WINDOW_SECONDS = 30;
  private static final double UNKNOWN_BURST = 12;
  private static final double UNKNOWN_PER_SECOND = 0.9;
  private static final double FAILED_BURST = 8;
  private static final double FAILED_PER_SECOND = 0.4;
  private static final long WINDOW_NANOS = WINDOW_SECONDS * 1_000_000_000L;

  private final long[] askedAt = new long[PER_WINDOW];
  private int asked;
  private final Bucket unknown;
  private final Bucket failed;
  private long unknownAfter;
  private long failedAfter;

  QuestionBudget(long now) {
    this.unknown = new Bucket(UNKNOWN_BURST, now);
    this.failed = new Bucket(FAILED_BURST, now);
    this.unknownAfter = now;
    this.failedAfter = now;
  }

  boolean allows(Standing standing, long now) {
    boolean full =
        asked >= PER_WINDOW && now - askedAt[asked % PER_WINDOW] < WINDOW_NANOS; // the oldest
    if (full) {
      return false;
    }
    return switch (standing) {
      case KNOWN -> true;
      case FRESH -> unknownReady(now);
      case DOUBTFUL, SUSPECT ->
          unknownReady(now)
              && now - failedAfter >= 0
              && failed.fill(FAILED_PER_SECOND, now).isReady();
    };
  }

  private boolean unknownReady(long now) {
    return now - unknownAfter >= 0 && unknown.fill(UNKNOWN_PER_SECOND, now).isReady();
  }

  /// Counts a question that was allowed.
  void take(Standing standing, long now) {
    askedAt[asked % PER_WINDOW] = now;
    asked++;
    if (asked == 2 * PER_WINDOW) {
      asked = PER_WINDOW; // the place in the ring stays the same, and the count never overflows
    }
    if (standing != Standing.KNOWN) {
      unknown.take();
    }
    if (standing.compareTo(Standing.DOUBTFUL) >= 0) {
      failed.take();
    }
  }

  /// Nobody could answer (the Panel limits or is away): the less trusted wait longer.
  void backOff(long now) {
    unknownAfter = now + 1_000_000_000L;
    failedAfter = now + 10_000_000_000L;
  }
}
