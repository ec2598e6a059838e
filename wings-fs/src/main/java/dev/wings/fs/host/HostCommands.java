package dev.wings.fs.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/// The host's own programs, with messages in English.
public final class HostCommands implements Commands {
  /// A node has at most some thousand servers, each a line.
  private static final int MAX_OUTPUT = 16 << 20;

  private static final String SYSTEM_PATH = "/usr/sbin:/sbin:/usr/bin:/bin";
  private static final int MAX_ERRORS = 1 << 20;
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final int CHECKS_PER_LOOK = 20;
  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final String path;

  /// Programs are looked for where the process looks, and where those of the system are.
  public HostCommands() {
    this(own());
  }

  /// @param path directories to look for programs in, with colons between them
  public HostCommands(String path) {
    this.path = path;
  }

  @Override
  public Output run(Duration timeout, Runnable alive, Runnable check, List<String> command)
      throws IOException {
    Process process = start(new ProcessBuilder(command));
    try {
      process.getOutputStream().close();
      CompletableFuture<String> output = read(process.getInputStream(), MAX_OUTPUT);
      CompletableFuture<String> errors = read(process.getErrorStream(), MAX_ERRORS);
      if (!await(process, timeout, alive, check)) {
        throw new IOException(
            "%s does not end, killed after %d s"
                .formatted(String.join(" ", command), timeout.toSeconds()));
      }
      String complaint = result(errors);
      if (process.exitValue() != 0) {
        throw new CommandException(command, process.exitValue(), complaint);
      }
      return new Output(result(output).lines().toList(), complaint);
    } catch (InterruptedException e) {
      throw interrupted(command, e);
    } finally {
      process.destroyForcibly(); // no effect on one that has ended
    }
  }

  @Override
  public void launch(List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = start(builder);
    try {
      if (!process.waitFor(QUICK.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new IOException(command.getFirst() + " does not go into the background");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw interrupted(command, e);
    }
    if (process.exitValue() != 0) {
      throw new CommandException(command, process.exitValue(), "");
    }
  }

  @Override
  public boolean exists(String program) {
    return find(program).isPresent();
  }

  /// Service managers and cron leave out the directories of system programs.
  private Optional<Path> find(String program) {
    return Stream.of(path.split(":", -1))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static String own() {
    String own = System.getenv("PATH");
    return own == null ? SYSTEM_PATH : own + ":" + SYSTEM_PATH;
  }

  private Process start(ProcessBuilder builder) throws MissingProgramException {
    builder.environment().put("LC_ALL", "C");
    builder.environment().put("PATH", path);
    List<String> arguments = new ArrayList<>(builder.command());
    String program = arguments.getFirst();
    if (program.indexOf('/') < 0) {
      Path found = find(program).orElseThrow(() -> new MissingProgramException(program));
      arguments.set(0, found.toString());
    }
    builder.command(arguments);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new MissingProgramException(builder.command().getFirst(), e);
    }
  }

  private static IOException interrupted(List<String> command, InterruptedException e) {
    Thread.currentThread().interrupt();
    IOException interrupted = new InterruptedIOException(command.getFirst() + " was interrupted");
    interrupted.initCause(e);
    return interrupted;
  }

  /// A program that uses the processor gets on; one that hangs in the kernel does not.
  private static boolean await(Process process, Duration timeout, Runnable alive, Runnable check)
      throws InterruptedException {
    Optional<Duration> used = Optional.empty();
    for (Duration left = timeout; left.isPositive(); left = left.minus(LOOK)) {
      for (int i = 0; i < CHECKS_PER_LOOK; i++) {
        if (process.waitFor(LOOK.toMillis() / CHECKS_PER_LOOK, TimeUnit.MILLISECONDS)) {
          return true;
        }
        check.run();
      }
      Optional<Duration> now = process.info().totalCpuDuration();
      if (!now.equals(used)) {
        used = now;
        alive.run();
      }
    }
    return false;
  }

  /// On threads of its own, because a pipe blocks the thread that reads it.
  private static CompletableFuture<String> read(InputStream pipe, int limit) {
    CompletableFuture<String> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("wings-command-output")
        .daemon()
        .start(() -> {
          try (pipe) {
            result.complete(drain(pipe, limit));
          } catch (IOException e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  private static String drain(InputStream pipe, int limit) throws IOException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int read = pipe.read(buffer); read >= 0; read = pipe.read(buffer)) {
      kept.write(buffer, 0, Math.min(read, limit - kept.size()));
    }
    return kept.toString(StandardCharsets.UTF_8);
  }

  /// A helper that a program leaves behind may keep its pipes open.
  private static String result(CompletableFuture<String> text)
      throws IOException, InterruptedException {
    try {
      return text.get(DRAIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("a program ended but its output did not", e);
    } catch (ExecutionException e) {
      throw new IOException("the output of a program cannot be read", e.getCause());
    }
  }
}
