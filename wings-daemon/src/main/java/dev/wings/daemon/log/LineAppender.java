package dev.wings.daemon.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.util.List;

/// Encodes an event once and hands the line to every sink.
final class LineAppender extends AppenderBase<ILoggingEvent> {
  private final List<LineSink> sinks;

  LineAppender(List<LineSink> sinks) {
    this.sinks = List.copyOf(sinks);
  }

  @Override
  protected void append(ILoggingEvent event) {
    byte[] line = LineEncoder.encode(event);
    for (LineSink sink : sinks) {
      sink.append(line);
    }
  }

  @Override
  public void stop() {
    super.stop();
    for (LineSink sink : sinks) {
      try {
        sink.close();
      } catch (IOException failure) {
        addWarn("a log was not closed cleanly", failure);
      }
    }
  }
}
