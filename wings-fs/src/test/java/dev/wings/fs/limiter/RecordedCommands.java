package dev.wings.fs.limiter;

import dev.wings.fs.host.CommandException;
import dev.wings.fs.host.Commands;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Remembers what was run and answers what a test prepared.
final class RecordedCommands implements Commands {
  final List<String> run = new ArrayList<>();
  private final Map<String, Output> answers = new HashMap<>();
  private final Map<String, String> failures = new HashMap<>();

  void answer(String command, String output) {
    answers.put(command, new Output(output.lines().toList(), ""));
  }

  /// Ends with 0 but complains.
  void complain(String command, String errors) {
    answers.put(command, new Output(List.of(), errors));
  }

  void fail(String command, String errors) {
    failures.put(command, errors);
  }

  @Override
  public Output run(Duration timeout, Runnable alive, Runnable check, List<String> command)
      throws IOException {
    String line = String.join(" ", command);
    run.add(line);
    String failure = failures.get(line);
    if (failure != null) {
      throw new CommandException(command, 1, failure);
    }
    return answers.getOrDefault(line, new Output(List.of(), ""));
  }

  @Override
  public void launch(List<String> command) throws IOException {
    run(QUICK, () -> {}, command);
  }

  @Override
  public boolean exists(String program) {
    return true;
  }
}
