package dev.wings.daemon.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.LoggerFactory;

/// Sets Logback up: standard error, `wings.log` and one file per day (`configuration.md` 17),
/// behind a budget per source and a bounded queue that drops instead of blocking.
///
/// All files together stay below [#TOTAL_BYTES], so that nobody can fill the log disk (`threats.md`
/// LG-03).
public final class Logging {
  private static final int QUEUE = 4096;
  private static final int DAYS = 30;
  private static final long FILE_BYTES = 50L << 20;
  private static final long DAILY_BYTES = 900L << 20;

  /// `wings.log`, its predecessor and the daily files.
  static final long TOTAL_BYTES = 2 * FILE_BYTES + DAILY_BYTES;

  /// Where the files are and how large they may become.
  ///
  /// @param fileBytes largest size of one file
  /// @param dailyBytes largest sum of the daily files
  record Files(Path directory, long fileBytes, long dailyBytes, int days) {
    List<LineSink> open(InstantSource clock) {
      return List.of(
          new CurrentLog(directory, clock, fileBytes),
          new DailyLogs(directory, clock, fileBytes, dailyBytes, days));
    }
  }

  private Logging() {}

  /// Only standard error: for sub-commands and for the time before the configuration is known.
  public static void toStandardError() {
    LoggerContext context = context();
    context.reset();
    root(context).addAppender(lines(context, List.of(Logging::standardError)));
    level(false);
  }

  /// Standard error and files.
  public static void start(Path directory, boolean debug) {
    LoggerContext context = context();
    context.reset();
    InstantSource clock = InstantSource.system();
    Files files = new Files(directory, FILE_BYTES, DAILY_BYTES, DAYS);
    List<LineSink> sinks = new ArrayList<>(files.open(clock));
    sinks.add(Logging::standardError);
    root(context).addAppender(appender(context, sinks, clock, System::nanoTime));
    level(debug);
  }

  /// The whole way of an event to the sinks.
  static Appender<ILoggingEvent> appender(
      LoggerContext context, List<LineSink> sinks, InstantSource clock, LongSupplier nanoTime) {
    AsyncAppender queue = new AsyncAppender();
    queue.setContext(context);
    queue.setQueueSize(QUEUE);
    queue.setDiscardingThreshold(0);
    queue.setNeverBlock(true);
    queue.setMaxFlushTime(2000);
    queue.addAppender(lines(context, sinks));
    queue.start();
    LogGate gate = new LogGate(new LogBudget(context, nanoTime, clock), queue);
    gate.setContext(context);
    gate.start();
    return gate;
  }

  /// Debug level for the daemon's own code, information for libraries.
  public static void level(boolean debug) {
    LoggerContext context = context();
    root(context).setLevel(Level.INFO);
    context.getLogger("dev.wings").setLevel(debug ? Level.DEBUG : Level.INFO);
    context.getLogger("io.netty").setLevel(Level.WARN);
    // our own lines tell of clients; this class inherits more of the library's
    context.getLogger("org.apache.sshd").setLevel(Level.ERROR);
    context.getLogger("dev.wings.sftp.server.SshSession").setLevel(Level.WARN);
    context.getLogger("com.github.junrar").setLevel(Level.OFF); // throws what it logs, too
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

  private static LineAppender lines(LoggerContext context, List<LineSink> sinks) {
    LineAppender appender = new LineAppender(sinks);
    appender.setContext(context);
    appender.start();
    return appender;
  }

  private static void standardError(byte[] line) {
    System.err.write(line, 0, line.length);
    System.err.flush();
  }
}
