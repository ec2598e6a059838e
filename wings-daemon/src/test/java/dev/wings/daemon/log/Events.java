package dev.wings.daemon.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.event.KeyValuePair;

/// Makes events as callers of SLF4J would.
final class Events {
  static final LoggerContext CONTEXT = new LoggerContext();

  private Events() {}

  static LoggingEvent event(Level level, String logger, String message, Object... pairs) {
    LoggingEvent event =
        new LoggingEvent(
            Events.class.getName(), CONTEXT.getLogger(logger), level, message, null, null);
    for (int i = 0; i < pairs.length; i += 2) {
      event.addKeyValuePair(new KeyValuePair((String) pairs[i], pairs[i + 1]));
    }
    return event;
  }

  static LoggingEvent failure(String logger, String message, Throwable cause) {
    LoggingEvent event = event(Level.ERROR, logger, message);
    event.setThrowableProxy(new ThrowableProxy(cause));
    return event;
  }

  /// `LEVEL message key=value ...`.
  static List<String> texts(List<ILoggingEvent> events) {
    return events.stream().map(Events::text).toList();
  }

  private static String text(ILoggingEvent event) {
    String pairs =
        event.getKeyValuePairs() == null
            ? ""
            : event.getKeyValuePairs().stream()
                .map(pair -> " " + pair.key + "=" + pair.value)
                .collect(Collectors.joining());
    return event.getLevel() + " " + event.getFormattedMessage() + pairs;
  }
}
