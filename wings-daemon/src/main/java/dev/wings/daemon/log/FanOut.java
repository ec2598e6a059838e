package dev.wings.daemon.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;

/// Hands an event to several appenders; Logback's asynchronous appender takes only one.
final class FanOut extends AppenderBase<ILoggingEvent> {
  private final List<Appender<ILoggingEvent>> appenders = new ArrayList<>();

  void add(Appender<ILoggingEvent> appender) {
    appenders.add(appender);
  }

  @Override
  protected void append(ILoggingEvent event) {
    for (Appender<ILoggingEvent> appender : appenders) {
      appender.doAppend(event);
    }
  }

  @Override
  public void stop() {
    appenders.forEach(Appender::stop);
    super.stop();
  }
}
