package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/// Fails a test class when Netty reports a buffer that was not released while it ran. The build
/// switches the detector to `paranoid`.
public final class LeakWatch implements BeforeAllCallback, AfterAllCallback {
  private final CopyOnWriteArrayList<String> reports = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          reports.add(event.getFormattedMessage());
        }
      };

  @Override
  public void beforeAll(ExtensionContext context) {
    appender.start();
    detector().addAppender(appender);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    // Leaks are found when a collected buffer's tracker is met by a later allocation.
    for (int round = 0; round < 3; round++) {
      System.gc();
      ByteBuf probe = ByteBufAllocator.DEFAULT.buffer(16);
      probe.release();
    }
    detector().detachAppender(appender);
    assertThat(List.copyOf(reports)).as("leak reports").isEmpty();
  }

  private static Logger detector() {
    return (Logger) LoggerFactory.getLogger("io.netty.util.ResourceLeakDetector");
  }
}
