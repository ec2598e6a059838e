package dev.wings.fs.limiter;

import java.util.UUID;
import java.util.stream.LongStream;

/// Numbers of project quotas for servers (`filesystem.md` 9.4).
final class ProjectIds {
  private static final long MASK = 0xffff_ffffL;
  private static final int MAX_CANDIDATES = 64;

  private ProjectIds() {}

  /// The number that other daemons use: the first four bytes of the UUID, big-endian.
  static long of(UUID server) {
    return server.getMostSignificantBits() >>> 32;
  }

  /// Numbers to try in this order, when the first is taken by somebody else: the usual one, the
  /// other words of the UUID, then the ones after the usual. Never 0, which is "no project", and
  /// never the highest, which is "invalid".
  static LongStream candidates(UUID server) {
    long usual = of(server);
    LongStream words =
        LongStream.of(
            usual,
            server.getLeastSignificantBits() & MASK,
            server.getLeastSignificantBits() >>> 32,
            server.getMostSignificantBits() & MASK);
    LongStream following =
        LongStream.rangeClosed(1, MAX_CANDIDATES).map(step -> (usual + step) & MASK);
    return LongStream.concat(words, following).filter(id -> id != 0 && id != MASK).distinct();
  }
}
