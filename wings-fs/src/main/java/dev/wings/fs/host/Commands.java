package dev.wings.fs.host;

import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Runs programs of the host.
public interface Commands {
  /// For what only looks or sets one value.
  Duration QUICK = Duration.ofSeconds(30);

  /// For what goes through a whole tree.
  Duration LONG = Duration.ofMinutes(30);

  /// Waits for the program's end.
  ///
  /// @param alive called now and then while the program gets on
  /// @param command program and arguments; no shell is involved
  /// @throws CommandException when the program fails, with what it wrote to standard error
  /// @throws MissingProgramException when it cannot be started
  /// @throws IOException when it does not end in time and was killed
  default Output run(Duration timeout, Runnable alive, List<String> command) throws IOException {
    return run(timeout, alive, () -> {}, command);
  }

  /// The same for work that can be cancelled, which kills the program.
  ///
  /// @param check called several times a second; what it throws ends the wait and the program
  Output run(Duration timeout, Runnable alive, Runnable check, List<String> command)
      throws IOException;

  /// The same with one object that says when the work is cancelled.
  ///
  /// @throws dev.wings.core.operation.OperationAbortedException when it was
  default Output run(Duration timeout, Progress progress, List<String> command) throws IOException {
    return run(timeout, () -> {}, progress::check, command);
  }

  /// Starts a program that goes into the background by itself, without input and output.
  ///
  /// @throws CommandException when the program fails before it did so
  void launch(List<String> command) throws IOException;

  /// Whether the program can be found.
  boolean exists(String program);

  default Output run(String... command) throws IOException {
    return run(QUICK, () -> {}, List.of(command));
  }

  /// What a program wrote that ended with 0.
  record Output(List<String> lines, String errors) {
    public Output {
      lines = List.copyOf(lines);
    }
  }
}
