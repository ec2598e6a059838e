package dev.wings.daemon.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Lets through what the [LogBudget] admits. Stands before the queue, so that a flood of one server
/// does not push the lines of others out of it.
final class LogGate extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private static final Duration REPORT_CHECK = Duration.ofSeconds(1);

  private final LogBudget budget;
  private final Appender<ILoggingEvent> next;
  private @Nullable ScheduledFuture<?> reports;

  /// @param next stopped with this one
  LogGate(LogBudget budget, Appender<ILoggingEvent> next) {
    this.budget = budget;
    this.next = next;
  }

  @Override
  public void start() {
    long period = REPORT_CHECK.toMillis();
    reports =
        getContext()
            .getScheduledExecutorService()
            .scheduleWithFixedDelay(this::reportDue, period, period, TimeUnit.MILLISECONDS);
    super.start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    budget.admit(event).forEach(next::doAppend);
  }

  private void reportDue() {
    budget.due().forEach(next::doAppend);
  }

  @Override
  public void stop() {
    if (!isStarted()) {
      return;
    }
    super.stop();
    if (reports != null) {
      reports.cancel(false);
    }
    budget.drain().forEach(next::doAppend);
    next.stop();
  }
}
