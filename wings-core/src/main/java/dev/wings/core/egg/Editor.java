package dev.wings.core.egg;

import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import java.util.List;

/// Applies replacements to the text of one file.
@FunctionalInterface
interface Editor {
  /// @return the new text; the same text when nothing changes
  /// @throws WingsException kind INVALID when the content or a value cannot be handled
  String edit(String content, List<Replacement> replacements, Placeholders placeholders);

  /// Whether a very long line makes a file unfit; a tree may well be written on one line.
  default boolean limitsLines() {
    return true;
  }

  /// Refuses what would start a new line in a line-based format (`threats.md` CP-03).
  static String oneLine(String value) {
    if (value.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
      throw WingsException.invalid("a value holds a line break");
    }
    return value;
  }
}
