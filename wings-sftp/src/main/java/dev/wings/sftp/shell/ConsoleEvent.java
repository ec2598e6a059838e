package dev.wings.sftp.shell;

import dev.wings.core.power.ServerState;
import java.util.List;

/// Something that a console shows while it is open. Texts are safe for terminals.
public sealed interface ConsoleEvent {
  /// Lines of the game.
  ///
  /// @param skipped lines that were lost before these
  record Output(List<String> lines, long skipped) implements ConsoleEvent {
    public Output {
      lines = List.copyOf(lines);
    }
  }

  /// The daemon says something; may contain colours.
  record Notice(String text) implements ConsoleEvent {}

  record StateChanged(ServerState state) implements ConsoleEvent {}

  /// Lines of an installation.
  record Installation(List<String> lines) implements ConsoleEvent {
    public Installation {
      lines = List.copyOf(lines);
    }
  }
}
