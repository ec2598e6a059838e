package dev.wings.daemon.panel;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// The `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date. The recorded Panel sends
/// seconds; proxies in front of one also send dates.
final class RetryAfter {
  /// No answer makes a node wait longer.
  private static final Duration LONGEST = Duration.ofHours(1);

  private RetryAfter() {}

  /// How long to wait, zero when the header is missing or makes no sense. A date is compared with
  /// the `Date` of the same answer, so the clocks need not agree.
  static Duration read(HttpHeaders headers, InstantSource clock) {
    String value = headers.firstValue("Retry-After").orElse("").trim();
    if (value.matches("[0-9]{1,9}")) {
      return limited(Duration.ofSeconds(Long.parseLong(value)));
    }
    return date(value)
        .map(at -> {
          Instant now =
              headers.firstValue("Date").flatMap(RetryAfter::date).orElseGet(clock::instant);
          return limited(Duration.between(now, at));
        })
        .orElse(Duration.ZERO);
  }

  private static Duration limited(Duration asked) {
    if (asked.isNegative()) {
      return Duration.ZERO;
    }
    return asked.compareTo(LONGEST) < 0 ? asked : LONGEST;
  }

  private static Optional<Instant> date(String value) {
    try {
      return Optional.of(DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from));
    } catch (DateTimeException malformed) {
      return Optional.empty();
    }
  }
}
