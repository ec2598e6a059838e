package dev.wings.backup.restic;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running program. Its output is read by one thread; when the progress is cancelled, or this
/// is closed, it is ended.
final class ResticRun implements AutoCloseable {
  private static final int MAX_ERRORS = 8 << 10;
  private static final int SHORTEST_SECRET = 4;
  private static final long POLL_MILLIS = 50;

  /// To remove its lock and its temporary files.
  private static final long GRACE_MILLIS = 5_000;

  private static final Logger log = LoggerFactory.getLogger(ResticRun.class);

  private final Process process;
  private final List<String> secrets;
  private final Progress progress;
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream(); // guarded by itself
  private final Thread errorReader;
  private final Thread watch;

  /// @param secrets never shown
  ResticRun(Process process, Collection<String> secrets, Progress progress) {
    this.process = process;
    this.secrets = secrets.stream().filter(s -> s.length() >= SHORTEST_SECRET).toList();
    this.progress = progress;
    // a pipe blocks the thread that reads it
    this.errorReader =
        Thread.ofPlatform().daemon().name("wings-restic-errors").start(this::readErrors);
    this.watch = Thread.ofVirtual().name("wings-restic-watch").start(this::watch);
  }

  private void readErrors() {
    byte[] buffer = new byte[4096];
    try (InputStream in = process.getErrorStream()) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        synchronized (errors) {
          errors.write(buffer, 0, Math.min(count, MAX_ERRORS - errors.size()));
        }
      }
    } catch (IOException closed) {
      log.atDebug().setCause(closed).log("the errors of restic end early");
    }
  }

  private void watch() {
    try {
      while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        if (progress.cancelled()) {
          end();
          return;
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void end() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
    }
  }

  /// What it writes.
  InputStream output() {
    return process.getInputStream();
  }

  /// Takes lines.
  @FunctionalInterface
  interface Lines {
    void line(String line) throws IOException;
  }

  /// Reads all of its output as lines.
  void lines(Lines lines) throws IOException {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(output(), StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      lines.line(line);
    }
  }

  /// What it complained about, the first 8 KiB.
  String errors() {
    String text;
    synchronized (errors) {
      text = errors.toString(StandardCharsets.UTF_8).strip();
    }
    for (String secret : secrets) {
      text = text.replace(secret, "***");
    }
    return text;
  }

  /// Waits for its end, after its output has been read.
  ///
  /// @return its status
  int status() {
    try {
      int status = process.waitFor();
      errorReader.join(GRACE_MILLIS); // a helper that it left behind may keep the pipe open
      return status;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }

  /// The same, for one that has to succeed.
  ///
  /// @param command for the message
  /// @throws ResticException when it failed
  /// @throws OperationAbortedException when it was cancelled
  void await(String command) throws ResticException {
    int status = status();
    if (status != 0) {
      progress.check();
      throw new ResticException(command, status, errors());
    }
  }

  @Override
  public void close() {
    watch.interrupt();
    if (!process.isAlive()) {
      return;
    }
    try {
      end();
    } catch (InterruptedException stopping) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
