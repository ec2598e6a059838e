package dev.wings.daemon.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A machine whose terminal, programs and root directory belong to a test.
final class TestHost {
  final List<String> questions = new ArrayList<>();
  final List<String> programs = new ArrayList<>();
  private final Deque<String> answers = new ArrayDeque<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Path root;
  private String failing = "";
  private String input = "";
  private Optional<Path> launcher = Optional.of(Path.of("/opt/wings/bin/wings"));

  TestHost(Path root) {
    this.root = root;
  }

  /// Somebody sits at the terminal and gives these answers; without any, nobody does.
  TestHost answering(String... texts) {
    answers.addAll(List.of(texts));
    return this;
  }

  /// Standard input.
  TestHost reading(String text) {
    input = text;
    return this;
  }

  TestHost withoutLauncher() {
    launcher = Optional.empty();
    return this;
  }

  /// A program that cannot be started.
  TestHost without(String program) {
    failing = program;
    return this;
  }

  int run(String... arguments) {
    return WingsCommand.run(
        new Host(
            Map.of(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            this::ask,
            root,
            launcher,
            this::program),
        arguments);
  }

  private Optional<String> ask(String question) {
    questions.add(question);
    return Optional.ofNullable(answers.poll());
  }

  private String program(List<String> command) throws IOException {
    if (command.getFirst().equals(failing)) {
      throw new IOException(failing + ": not found");
    }
    programs.add(String.join(" ", command));
    return "";
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
