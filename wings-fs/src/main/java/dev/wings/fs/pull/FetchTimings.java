package dev.wings.fs.pull;

import java.time.Duration;

/// How long a remote server may keep a download waiting. There is no limit for the whole: a large
/// file over a slow line is legitimate, one that does not get on is not.
///
/// @param connect for a TCP connection, over all addresses of a host
/// @param head from the connection to the end of the answer's headers, TLS included
/// @param idle for each further [#minimumBytes]; time that the receiver takes does not count
/// @param minimumBytes what must arrive within `idle`, so that dripping counts as silence
public record FetchTimings(Duration connect, Duration head, Duration idle, int minimumBytes) {
  /// `filesystem.md` 18.2 and `threats.md` SR-04.
  public static final FetchTimings STANDARD =
      new FetchTimings(
          Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(60), 4096);

  public FetchTimings {
    if (!connect.isPositive() || !head.isPositive() || !idle.isPositive() || minimumBytes < 1) {
      throw new IllegalArgumentException("timings must be positive");
    }
  }
}
