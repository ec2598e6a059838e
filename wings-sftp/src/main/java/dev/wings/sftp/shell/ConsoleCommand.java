package dev.wings.sftp.shell;

import dev.wings.core.power.ServerState;
import java.util.Optional;

/// A line for the game.
final class ConsoleCommand {
  private ConsoleCommand() {}

  /// Sends a line when the user may and the game can take it.
  ///
  /// @return why it was not sent
  static Optional<String> send(GameConsole console, String line) {
    if (!console.allows(ConsoleRight.COMMAND)) {
      return Optional.of(Texts.missing(ConsoleRight.COMMAND));
    }
    if (console.state() == ServerState.OFFLINE) {
      return Optional.of(Texts.error("The server is offline, the command was not sent."));
    }
    console.command(line);
    return Optional.empty();
  }
}
