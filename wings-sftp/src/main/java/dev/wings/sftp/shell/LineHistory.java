package dev.wings.sftp.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The last lines that were submitted. Going back keeps what was being typed.
final class LineHistory {
  static final int SIZE = 16;

  private final List<String> lines = new ArrayList<>();
  private int position; // lines.size() is the line being typed
  private String typed = "";

  /// Remembers a line unless it is the same as the one before.
  void add(String line) {
    if (lines.isEmpty() || !lines.getLast().equals(line)) {
      if (lines.size() == SIZE) {
        lines.removeFirst();
      }
      lines.add(line);
    }
    position = lines.size();
    typed = "";
  }

  /// The line before; empty when there is none.
  ///
  /// @param current what is in the editor
  Optional<String> back(String current) {
    if (position == 0) {
      return Optional.empty();
    }
    if (position == lines.size()) {
      typed = current;
    }
    return Optional.of(lines.get(--position));
  }

  Optional<String> forward() {
    if (position == lines.size()) {
      return Optional.empty();
    }
    position++;
    return Optional.of(position == lines.size() ? typed : lines.get(position));
  }
}
