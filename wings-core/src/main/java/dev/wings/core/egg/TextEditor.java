package dev.wings.core.egg;

import dev.wings.core.definition.ProcessConfiguration.Replacement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Parser `file` (`panel-remote-api.md` 6.7): a line that begins with a match is replaced whole.
final class TextEditor implements Editor {
  @Override
  public String edit(String content, List<Replacement> replacements, Placeholders placeholders) {
    List<String> lines = new ArrayList<>(content.lines().toList());
    Set<Replacement> found = new HashSet<>();
    boolean changed = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean decided = false;
      for (Replacement replacement : replacements) {
        if (line.startsWith(replacement.match())) {
          found.add(replacement);
          if (!decided) {
            decided = true;
            String wanted = Editor.oneLine(placeholders.text(replacement.replaceWith()));
            String result = new Gate(replacement, false).apply(line, wanted).orElse(line);
            changed |= !result.equals(line);
            lines.set(i, result);
          }
        }
      }
    }
    for (Replacement replacement : replacements) {
      if (!found.contains(replacement) && new Gate(replacement, false).inserts()) {
        lines.add(Editor.oneLine(placeholders.text(replacement.replaceWith())));
        changed = true;
      }
    }
    return changed ? String.join("\n", lines) + "\n" : content;
  }
}
