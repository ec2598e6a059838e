package dev.wings.docker.internal.bandwidth;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Runs the host's `ip` and `tc` inside a network namespace, with the help of `nsenter` and
/// `unshare`. They are found once; all arguments are handed over as they are, without a shell.
///
/// The alternative is to start the daemon's own program again (`configuration.md` 14.8) and let it
/// join the namespace. That suits a native program. A second JVM takes at least 200 ms and 75 MiB
/// on a node that may start many servers at once, and could not join a user namespace at all, since
/// that takes a process with one thread. A look by two of these programs takes 10 ms, a change by
/// four 20 ms.
final class NetworkTools {
  private static final Map<String, String> PACKAGES =
      Map.of("ip", "iproute2", "tc", "iproute2", "nsenter", "util-linux", "unshare", "util-linux");

  private final Map<String, Path> programs;

  private NetworkTools(Map<String, Path> programs) {
    this.programs = programs;
  }

  /// @param searchPath directories separated by colons, as in `PATH`
  /// @throws IOException naming the programs that are missing
  static NetworkTools find(String searchPath) throws IOException {
    List<String> directories = Splitter.on(':').omitEmptyStrings().splitToList(searchPath);
    Map<String, Path> found = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    for (String name : List.of("ip", "tc", "nsenter", "unshare")) {
      Optional<Path> program =
          directories.stream()
              .filter(directory -> directory.startsWith("/"))
              .map(directory -> Path.of(directory, name))
              .filter(Files::isExecutable)
              .findFirst();
      program.ifPresentOrElse(
          path -> found.put(name, path),
          () -> missing.add(name + " (package " + PACKAGES.get(name) + ")"));
    }
    if (!missing.isEmpty()) {
      throw new IOException("missing programs: " + String.join(", ", missing));
    }
    return new NetworkTools(found);
  }

  /// The command with the program's path in front.
  List<String> command(String program, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(String.valueOf(programs.get(program)));
    command.addAll(arguments);
    return command;
  }

  /// Time that is left for a row of commands.
  record Deadline(long nanoTime) {
    static Deadline in(Duration time) {
      return new Deadline(System.nanoTime() + time.toNanos());
    }

    long nanosLeft() {
      return Math.max(0, nanoTime - System.nanoTime());
    }
  }

  /// Runs a command to its end. Blocks a platform thread.
  ///
  /// @param input lines for its standard input
  /// @return its standard output
  /// @throws IOException with what it wrote to standard error when it fails, or when time is up
  static String run(List<String> command, List<String> input, Deadline deadline)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).start();
    CompletableFuture<Process> end = process.onExit();
    CompletableFuture<Void> guard =
        end.orTimeout(deadline.nanosLeft(), TimeUnit.NANOSECONDS)
            .handle((_, late) -> {
              if (late != null) {
                process.toHandle().destroyForcibly(); // Process's own would close the streams
              }
              return null;
            });
    try {
      feed(process, input);
      String output = text(process.getInputStream().readAllBytes());
      String errors = text(process.getErrorStream().readAllBytes()).strip();
      int status = process.waitFor();
      guard.join();
      if (end.isCompletedExceptionally()) {
        throw new IOException("no answer in time: " + lastPart(command));
      }
      if (status != 0) {
        throw new IOException(
            "%s: %s"
                .formatted(
                    lastPart(command),
                    errors.isEmpty() ? "exit status " + status : errors.replace("\n", "; ")));
      }
      return output;
    } finally {
      process.destroyForcibly();
    }
  }

  private static void feed(Process process, List<String> lines) {
    try (OutputStream stdin = process.getOutputStream()) {
      for (String line : lines) {
        stdin.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException ended) {
      // It does not want more; its status and standard error say why.
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// The program that does the work and its arguments, without what leads there.
  private static String lastPart(List<String> command) {
    List<String> part = command.subList(command.lastIndexOf("--") + 1, command.size());
    return Path.of(part.getFirst()).getFileName()
        + " "
        + String.join(" ", part.subList(1, part.size()));
  }
}
