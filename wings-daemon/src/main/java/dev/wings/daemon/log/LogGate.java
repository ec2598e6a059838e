package dev.wings.daemon.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Lets through what the [LogBudget] admits. Stands before the queue, so that a flood of one server
/// does not push the lines of others out of it.
final class LogGate extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private static final Duration REPORT_CHECK = Duration.ofSeconds(1);

  private final LogBudget budget;
  private final Appender<ILoggingEvent> next;

  /// Nothing is looked at while nothing was dropped: an idle daemon has no timers.
  private final AtomicBoolean reporting = new AtomicBoolean();

  /// @param next stopped with this one
  LogGate(LogBudget budget, Appender<ILoggingEvent> next) {
    this.budget = budget;
    this.next = next;
  }

  @Override
  protected void append(ILoggingEvent event) {
    budget.admit(event).forEach(next::doAppend);
    reportLater();
  }

  private void reportLater() {
    if (budget.owes() && isStarted() && reporting.compareAndSet(false, true)) {
      var unused =
          getContext()
              .getScheduledExecutorService()
              .schedule(this::report, REPORT_CHECK.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void report() {
    reporting.set(false);
    if (isStarted()) {
      budget.due().forEach(next::doAppend);
      reportLater();
    }
  }

  @Override
  public void stop() {
    if (!isStarted()) {
      return;
    }
    super.stop();
    budget.drain().forEach(next::doAppend);
    next.stop();
  }
}
