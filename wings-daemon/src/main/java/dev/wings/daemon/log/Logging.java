package dev.wings.daemon.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/// Sets Logback up: standard error, `wings.log` and one file per day, behind a bounded queue that
/// drops instead of blocking.
///
/// Unlike the reference, `wings.log` is cut at 50 MiB (one predecessor is kept) and the daily files
/// at 1 GiB in all, so that nobody can fill the log disk (`threats.md` LG-03).
public final class Logging {
  private static final int QUEUE = 4096;
  private static final int DAYS = 30;

  private Logging() {}

  /// Only standard error: for sub-commands and for the time before the configuration is known.
  public static void toStandardError() {
    LoggerContext context = context();
    context.reset();
    root(context).addAppender(standardError(context));
    level(false);
  }

  /// Standard error and files.
  public static void start(Path directory, boolean debug) {
    LoggerContext context = context();
    context.reset();
    AsyncAppender async = new AsyncAppender();
    async.setContext(context);
    async.setQueueSize(QUEUE);
    async.setDiscardingThreshold(0);
    async.setNeverBlock(true);
    async.setMaxFlushTime(2000);
    FanOut fanOut = new FanOut();
    fanOut.setContext(context);
    fanOut.add(standardError(context));
    fanOut.add(current(context, directory));
    fanOut.add(daily(context, directory));
    fanOut.start();
    async.addAppender(fanOut);
    async.start();
    root(context).addAppender(async);
    level(debug);
  }

  /// Debug level for the daemon's own code, information for libraries.
  public static void level(boolean debug) {
    LoggerContext context = context();
    root(context).setLevel(Level.INFO);
    context.getLogger("dev.wings").setLevel(debug ? Level.DEBUG : Level.INFO);
    context.getLogger("io.netty").setLevel(Level.WARN);
  }

  /// Writes what is queued and closes the files.
  public static void stop() {
    context().stop();
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  private static Logger root(LoggerContext context) {
    return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static LineEncoder encoder(LoggerContext context) {
    LineEncoder encoder = new LineEncoder();
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }

  private static Appender<ILoggingEvent> standardError(LoggerContext context) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder(context));
    appender.start();
    return appender;
  }

  private static Appender<ILoggingEvent> current(LoggerContext context, Path directory) {
    String file = directory.resolve("wings.log").toString();
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setFile(file);
    appender.setEncoder(encoder(context));
    FixedWindowRollingPolicy window = new FixedWindowRollingPolicy();
    window.setContext(context);
    window.setParent(appender);
    window.setFileNamePattern(file + ".%i");
    window.setMinIndex(1);
    window.setMaxIndex(1);
    window.start();
    SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
    size.setContext(context);
    size.setMaxFileSize(FileSize.valueOf("50MB"));
    size.start();
    appender.setRollingPolicy(window);
    appender.setTriggeringPolicy(size);
    appender.start();
    return appender;
  }

  private static Appender<ILoggingEvent> daily(LoggerContext context, Path directory) {
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setEncoder(encoder(context));
    SizeAndTimeBasedRollingPolicy<ILoggingEvent> policy = new SizeAndTimeBasedRollingPolicy<>();
    policy.setContext(context);
    policy.setParent(appender);
    policy.setFileNamePattern(directory.resolve("wings.%d{yyyy-MM-dd,UTC}.%i.log").toString());
    policy.setMaxFileSize(FileSize.valueOf("50MB"));
    policy.setMaxHistory(DAYS);
    policy.setTotalSizeCap(FileSize.valueOf("1GB"));
    policy.start();
    appender.setRollingPolicy(policy);
    appender.start();
    return appender;
  }
}
