package dev.wings.core.token;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The time by which tokens are judged: the Panel's, because the Panel writes `iat` and `exp`.
///
/// Each HTTP answer of the Panel carries its date; [#observePanel] remembers it together with the
/// monotonic clock, and from then on the Panel's time is known whatever happens to this node's wall
/// clock. A difference below two seconds is taken as none, because an HTTP date has whole seconds
/// and the answer travelled for a while. Before the first observation the wall clock has to do.
///
/// The start of the daemon is kept as a monotonic instant as well. A daemon that started with its
/// clock in 1970 therefore knows, once the clock or the Panel is right, which tokens are older than
/// itself; and when the wall clock steps back without a Panel to compare with, the later of the two
/// possible start times counts, so that nothing old is let in again.
///
/// As an [InstantSource] it stamps everything that is later compared with `iat`: denials and pushes
/// of permissions. Safe for use by many threads.
public final class TokenClock implements InstantSource {
  private static final Duration NOISE = Duration.ofSeconds(2);

  private final InstantSource wall;
  private final LongSupplier nanos;
  private final Instant startedWall;
  private final long startedNanos;
  private volatile @Nullable Observation observation;

  /// The Panel's time at one monotonic instant.
  private record Observation(Instant panel, long nanos) {}

  /// Starts at this moment.
  ///
  /// @param nanos monotonic clock such as `System::nanoTime`
  public TokenClock(InstantSource wall, LongSupplier nanos) {
    this.wall = wall;
    this.nanos = nanos;
    this.startedWall = wall.instant();
    this.startedNanos = nanos.getAsLong();
  }

  /// Takes the date of an answer that the Panel gave just now.
  public void observePanel(Instant date) {
    long now = nanos.getAsLong();
    Duration ahead = Duration.between(wall.instant(), date);
    Instant panel = ahead.abs().compareTo(NOISE) <= 0 ? wall.instant() : date;
    observation = new Observation(panel, now);
  }

  /// How far the Panel is ahead of this node's wall clock, negative when it is behind; zero when
  /// unknown or within the noise of the measurement.
  public Duration skew() {
    Duration ahead = Duration.between(wall.instant(), instant());
    return ahead.abs().compareTo(NOISE) <= 0 ? Duration.ZERO : ahead;
  }

  @Override
  public Instant instant() {
    Observation seen = observation;
    return seen == null ? wall.instant() : seen.panel().plusNanos(nanos.getAsLong() - seen.nanos());
  }

  /// The current second.
  public long second() {
    return instant().getEpochSecond();
  }

  /// The second in which the daemon started.
  public long startSecond() {
    Observation seen = observation;
    if (seen != null) {
      return seen.panel().minusNanos(seen.nanos() - startedNanos).getEpochSecond();
    }
    Instant derived = wall.instant().minusNanos(nanos.getAsLong() - startedNanos);
    // a millisecond of drift between the two clocks must not move the start into the next second
    boolean stepped = derived.isAfter(startedWall.plus(NOISE));
    return (stepped ? derived : startedWall).getEpochSecond();
  }
}
