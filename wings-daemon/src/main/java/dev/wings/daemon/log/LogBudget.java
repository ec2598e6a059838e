package dev.wings.daemon.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/// Decides which events are worth a line, so that nobody who makes the daemon fail again and again
/// fills the log (`threats.md` LG-03):
///
/// - a warning or error that is identical to one of the last minute is counted and reported once,
///   as "repeated N times";
/// - events that name a server, a container or a client draw on the budget of that one:
///   [#SOURCE_BURST] at once, [#SOURCE_PER_SECOND] in the long run;
/// - events that name no server draw on the budget of their logger too, which is larger: a client
///   may change its address, but not who logs about it. Only the request log is exempt; it has its
///   own limit, `api.request_log_limit`.
///
/// What is dropped is counted and the count is reported. Debug events have budgets of their own, so
/// that they never displace a warning. Safe for use by many threads; remembers a bounded number of
/// events and sources.
final class LogBudget {
  /// The logger of `dev.wings.daemon.http.RequestLog`.
  static final String REQUEST_LOG = "dev.wings.daemon.http.requests";

  static final int SOURCE_BURST = 30;
  static final int SOURCE_PER_SECOND = 3;
  static final int LOGGER_BURST = 200;
  static final int LOGGER_PER_SECOND = 20;

  static final Duration REPEAT_WINDOW = Duration.ofSeconds(60);
  static final Duration REPORT_INTERVAL = Duration.ofSeconds(10);

  private static final int MAX_REMEMBERED = 512;
  private static final int MAX_SOURCES = 8192;

  private final LoggerContext context;
  private final LongSupplier nanoTime;
  private final InstantSource clock;

  /// In the order in which their windows opened.
  private final Map<Fingerprint, Repetition> repetitions = new LinkedHashMap<>();

  /// Least recently used first.
  private final Map<Source, Bucket> buckets = new LinkedHashMap<>(64, 0.75f, true);

  /// What makes two events the same.
  private record Fingerprint(
      String logger, Level level, String message, List<String> values, @Nullable String failure) {
    static Fingerprint of(ILoggingEvent event) {
      IThrowableProxy thrown = event.getThrowableProxy();
      return new Fingerprint(
          event.getLoggerName(),
          event.getLevel(),
          event.getFormattedMessage(),
          pairs(event).stream().map(pair -> pair.key + "=" + pair.value).toList(),
          thrown == null ? null : thrown.getClassName() + ": " + thrown.getMessage());
    }
  }

  private static final class Repetition {
    final ILoggingEvent first;
    final long opened;
    long suppressed;

    Repetition(ILoggingEvent first, long opened) {
      this.first = first;
      this.opened = opened;
    }
  }

  /// Events that were dropped and are not reported yet.
  private long owed;

  private record Source(String key, String value, boolean debug) {}

  private static final class Bucket {
    private final int burst;
    private final int perSecond;
    private double tokens;
    private long refilled;
    private long dropped;
    private long reported;

    Bucket(int burst, int perSecond, long now) {
      this.burst = burst;
      this.perSecond = perSecond;
      this.tokens = burst;
      this.refilled = now;
      this.reported = now - REPORT_INTERVAL.toNanos();
    }

    boolean take(long now) {
      tokens = Math.min(burst, tokens + (now - refilled) * 1e-9 * perSecond);
      refilled = now;
      if (tokens < 1) {
        dropped++;
        return false;
      }
      tokens--;
      return true;
    }
  }

  /// @param clock time stamps of the reports
  LogBudget(LoggerContext context, LongSupplier nanoTime, InstantSource clock) {
    this.context = context;
    this.nanoTime = nanoTime;
    this.clock = clock;
  }

  /// What is to be written now that this event came: reports that are due, then the event itself
  /// unless it is dropped.
  synchronized List<ILoggingEvent> admit(ILoggingEvent event) {
    long now = nanoTime.getAsLong();
    List<ILoggingEvent> lines = new ArrayList<>(1);
    reportRepetitions(now, lines);
    if (!repeated(event, now, lines) && withinBudget(event, now)) {
      lines.add(event);
    }
    return lines;
  }

  /// Whether something was dropped that is not reported yet.
  synchronized boolean owes() {
    return owed > 0;
  }

  /// Reports that are due although nothing happens.
  synchronized List<ILoggingEvent> due() {
    long now = nanoTime.getAsLong();
    List<ILoggingEvent> lines = new ArrayList<>();
    reportRepetitions(now, lines);
    buckets.forEach((source, bucket) -> {
      if (bucket.dropped > 0 && now - bucket.reported >= REPORT_INTERVAL.toNanos()) {
        report(source, bucket, lines);
        bucket.reported = now;
      }
    });
    return lines;
  }

  /// All reports that are outstanding, for the end of the process.
  synchronized List<ILoggingEvent> drain() {
    List<ILoggingEvent> lines = new ArrayList<>();
    repetitions.values().forEach(repetition -> report(repetition, lines));
    repetitions.clear();
    buckets.forEach((source, bucket) -> report(source, bucket, lines));
    return lines;
  }

  private boolean repeated(ILoggingEvent event, long now, List<ILoggingEvent> lines) {
    if (!event.getLevel().isGreaterOrEqual(Level.WARN)) {
      return false;
    }
    Fingerprint fingerprint = Fingerprint.of(event);
    Repetition open = repetitions.get(fingerprint);
    if (open != null) {
      open.suppressed++;
      owed++;
      return true;
    }
    if (repetitions.size() == MAX_REMEMBERED) {
      Iterator<Repetition> oldest = repetitions.values().iterator();
      report(oldest.next(), lines);
      oldest.remove();
    }
    repetitions.put(fingerprint, new Repetition(event, now));
    return false;
  }

  private void reportRepetitions(long now, List<ILoggingEvent> lines) {
    Iterator<Repetition> oldest = repetitions.values().iterator();
    while (oldest.hasNext()) {
      Repetition repetition = oldest.next();
      if (now - repetition.opened < REPEAT_WINDOW.toNanos()) {
        return;
      }
      report(repetition, lines);
      oldest.remove();
    }
  }

  private boolean withinBudget(ILoggingEvent event, long now) {
    boolean debug = !event.getLevel().isGreaterOrEqual(Level.INFO);
    Optional<Source> server =
        source(event, "server", debug).or(() -> source(event, "container", debug));
    if (server.isPresent()) {
      return take(bucket(server.get(), SOURCE_BURST, SOURCE_PER_SECOND, now), now);
    }
    Optional<Source> client = source(event, "client", debug).or(() -> source(event, "ip", debug));
    if (client.isPresent()
        && !take(bucket(client.get(), SOURCE_BURST, SOURCE_PER_SECOND, now), now)) {
      return false;
    }
    if (event.getLoggerName().equals(REQUEST_LOG)) {
      return true;
    }
    Source logger = new Source("logger", event.getLoggerName(), debug);
    return take(bucket(logger, LOGGER_BURST, LOGGER_PER_SECOND, now), now);
  }

  private boolean take(Bucket bucket, long now) {
    boolean taken = bucket.take(now);
    if (!taken) {
      owed++;
    }
    return taken;
  }

  private static Optional<Source> source(ILoggingEvent event, String key, boolean debug) {
    for (KeyValuePair pair : pairs(event)) {
      if (pair.key.equals(key)) {
        return Optional.of(new Source(key, String.valueOf(pair.value), debug));
      }
    }
    return Optional.empty();
  }

  private Bucket bucket(Source source, int burst, int perSecond, long now) {
    Bucket bucket = buckets.get(source);
    if (bucket == null) {
      if (buckets.size() == MAX_SOURCES) {
        Iterator<Bucket> oldest = buckets.values().iterator();
        owed -= oldest.next().dropped;
        oldest.remove();
      }
      bucket = new Bucket(burst, perSecond, now);
      buckets.put(source, bucket);
    }
    return bucket;
  }

  private void report(Repetition repetition, List<ILoggingEvent> lines) {
    if (repetition.suppressed == 0) {
      return;
    }
    ILoggingEvent first = repetition.first;
    owed -= repetition.suppressed;
    String times = repetition.suppressed == 1 ? " time: " : " times: ";
    LoggingEvent report =
        event(
            first.getLoggerName(),
            first.getLevel(),
            "... repeated " + repetition.suppressed + times + first.getFormattedMessage());
    pairs(first).forEach(report::addKeyValuePair);
    lines.add(report);
  }

  private void report(Source source, Bucket bucket, List<ILoggingEvent> lines) {
    if (bucket.dropped == 0) {
      return;
    }
    LoggingEvent report =
        event(LogBudget.class.getName(), Level.WARN, "too many log lines, some were dropped");
    report.addKeyValuePair(new KeyValuePair(source.key(), source.value()));
    report.addKeyValuePair(new KeyValuePair("dropped", bucket.dropped));
    owed -= bucket.dropped;
    bucket.dropped = 0;
    lines.add(report);
  }

  private LoggingEvent event(String logger, Level level, String message) {
    LoggingEvent event =
        new LoggingEvent(
            LogBudget.class.getName(), context.getLogger(logger), level, message, null, null);
    event.setInstant(clock.instant());
    return event;
  }

  private static List<KeyValuePair> pairs(ILoggingEvent event) {
    return Objects.requireNonNullElse(event.getKeyValuePairs(), List.of());
  }
}
