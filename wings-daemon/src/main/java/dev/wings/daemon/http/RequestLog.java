package dev.wings.daemon.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One line per request, at most `api.request_log_limit` per second; the surplus is counted and
/// reported once (`http-api.md` 1). Secrets in the query are replaced, and what is not printable
/// ASCII is escaped (`threats.md` LG-01, LG-04). Safe for use by many threads: beyond the budget a
/// request costs one counter.
final class RequestLog {
  private static final Logger log = LoggerFactory.getLogger("dev.wings.daemon.http.requests");
  private static final int MAX_LENGTH = 1024;

  private final LongSupplier nanoTime;
  private final AtomicLong windowStart;
  private final AtomicLong inWindow = new AtomicLong();

  RequestLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.windowStart = new AtomicLong(nanoTime.getAsLong());
  }

  /// @param client address to name, null when the Panel asked: a client other than the Panel has a
  ///   small budget of its own (`threats.md` LG-03)
  /// @param limit lines per second, 0 is unlimited
  void record(
      String method,
      String path,
      @Nullable String rawQuery,
      @Nullable String client,
      int status,
      long micros,
      long limit) {
    if (!log.isInfoEnabled() || !withinBudget(limit)) {
      return;
    }
    var line =
        log.atInfo()
            .addKeyValue("method", method)
            .addKeyValue("path", printable(path))
            .addKeyValue("status", status)
            .addKeyValue("micros", micros);
    if (client != null) {
      line = line.addKeyValue("client", client);
    }
    if (rawQuery != null && !rawQuery.isEmpty()) {
      line = line.addKeyValue("query", printable(redact(rawQuery)));
    }
    line.log("request");
  }

  private boolean withinBudget(long limit) {
    if (limit <= 0) {
      return true;
    }
    long now = nanoTime.getAsLong();
    long start = windowStart.get();
    if (now - start >= TimeUnit.SECONDS.toNanos(1) && windowStart.compareAndSet(start, now)) {
      long surplus = inWindow.getAndSet(0) - limit;
      if (surplus > 0) {
        log.atInfo().addKeyValue("count", surplus).log("requests not logged one by one");
      }
    }
    return inWindow.incrementAndGet() <= limit;
  }

  /// Replaces the values of secret parameters, however their names are encoded.
  static String redact(String rawQuery) {
    StringBuilder redacted = new StringBuilder(rawQuery.length());
    for (String pair : rawQuery.split("&", -1)) {
      if (!redacted.isEmpty()) {
        redacted.append('&');
      }
      int equals = pair.indexOf('=');
      if (equals >= 0 && secret(pair.substring(0, equals))) {
        redacted.append(pair, 0, equals + 1).append("[redacted]");
      } else {
        redacted.append(pair);
      }
    }
    return redacted.toString();
  }

  private static boolean secret(String rawName) {
    String name;
    try {
      name = QueryStringDecoder.decodeComponent(rawName, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      return true;
    }
    return name.equalsIgnoreCase("token");
  }

  static String printable(String text) {
    int length = Math.min(text.length(), MAX_LENGTH);
    StringBuilder safe = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= 0x20 && c < 0x7f) {
        safe.append(c);
      } else {
        safe.append(String.format("\\u%04x", (int) c));
      }
    }
    if (length < text.length()) {
      safe.append("...");
    }
    return safe.toString();
  }
}
