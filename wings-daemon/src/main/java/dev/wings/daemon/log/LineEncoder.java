package dev.wings.daemon.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.slf4j.event.KeyValuePair;

/// One event is one line: whatever could end a line, steer a terminal or turn the direction of text
/// is escaped (`threats.md` LG-01). Very long values and lines are cut.
final class LineEncoder {
  /// Longest line in characters, a cut mark included.
  static final int MAX_LINE = 16 << 10;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xx").withZone(ZoneId.systemDefault());
  private static final int MAX_VALUE = 4 << 10;
  private static final int MAX_FRAMES = 24;
  private static final String CUT = "...";

  private LineEncoder() {}

  /// The event with its end of line, in UTF-8.
  static byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    String logger = event.getLoggerName();
    begin(line, event.getInstant(), event.getLevel());
    line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(' ');
    escape(event.getFormattedMessage(), line);
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        line.append(' ').append(pair.key).append('=');
        escape(String.valueOf(pair.value), line);
      }
    }
    for (IThrowableProxy cause = event.getThrowableProxy();
        cause != null && line.length() < MAX_LINE;
        cause = cause.getCause()) {
      trace(cause, line);
    }
    return end(line);
  }

  /// Says that lines are missing.
  static byte[] lost(Instant now, long count) {
    StringBuilder line = new StringBuilder(80);
    begin(line, now, Level.WARN);
    return end(
        line.append("LogFile lines could not be written and are missing count=").append(count));
  }

  private static void begin(StringBuilder line, Instant time, Level level) {
    TIME.formatTo(time, line);
    line.append(' ').append(level).append(' ');
  }

  private static byte[] end(StringBuilder line) {
    if (line.length() >= MAX_LINE) {
      int length = MAX_LINE - CUT.length() - 1;
      line.setLength(Character.isHighSurrogate(line.charAt(length - 1)) ? length - 1 : length);
      line.append(CUT);
    }
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void trace(IThrowableProxy failure, StringBuilder line) {
    line.append(" | ").append(failure.getClassName()).append(": ");
    escape(String.valueOf(failure.getMessage()), line);
    int frames = 0;
    for (StackTraceElementProxy element : failure.getStackTraceElementProxyArray()) {
      if (frames++ == MAX_FRAMES) {
        line.append(" ...");
        return;
      }
      line.append(" <- ").append(element.getStackTraceElement());
    }
  }

  static void escape(String text, StringBuilder line) {
    int length = Math.min(text.length(), MAX_VALUE);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c < 0x7f && c != '\\') {
        line.append(c);
      } else if (c == '\\') {
        line.append("\\\\");
      } else if (unsafe(c)) {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    if (length < text.length()) {
      line.append(CUT);
    }
  }

  private static boolean unsafe(char c) {
    return Character.isISOControl(c)
        || c == '\u2028'
        || c == '\u2029'
        || (c >= '\u202a' && c <= '\u202e')
        || (c >= '\u2066' && c <= '\u2069')
        || c == '\u200e'
        || c == '\u200f'
        || c == '\u061c'
        || c == '\ufeff';
  }
}
