package dev.wings.daemon.cli;

import dev.wings.daemon.setup.SystemUser;
import java.io.Console;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// What the commands touch of the machine they run on.
///
/// @param in what is typed into a console
/// @param prompt asks the person at the terminal
/// @param root directory that the absolute paths of services are below, `/`
/// @param launcher `bin/wings`, empty when this is no installation
/// @param programs runs `systemctl` and the like
record Host(
    Map<String, String> environment,
    PrintStream out,
    PrintStream err,
    InputStream in,
    Prompt prompt,
    Path root,
    Optional<Path> launcher,
    SystemUser.Programs programs) {

  /// A question to the person at the terminal.
  @FunctionalInterface
  interface Prompt {
    /// @return what was answered, blanks around it removed; empty when nobody is there to ask
    Optional<String> ask(String question);
  }

  Host {
    environment = Map.copyOf(environment);
  }

  static Host real(Map<String, String> environment, PrintStream out, PrintStream err) {
    return new Host(
        environment,
        out,
        err,
        System.in,
        Host::askTerminal,
        Path.of("/"),
        installedLauncher(),
        SystemUser.HOST);
  }

  private static Optional<String> askTerminal(String question) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return Optional.empty();
    }
    return Optional.ofNullable(console.readLine("%s ", question)).map(String::strip);
  }

  /// Beside the jar that this process was started from.
  private static Optional<Path> installedLauncher() {
    Path home = Path.of(System.getProperty("java.class.path")).toAbsolutePath().getParent();
    return Optional.ofNullable(home)
        .map(directory -> directory.resolve("bin/wings"))
        .filter(Files::isExecutable);
  }
}
