package dev.wings.core.egg;

import dev.wings.core.definition.ProcessConfiguration.Replacement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Parser `ini` (`panel-remote-api.md` 6.9): touches only the lines it changes.
final class IniEditor implements Editor {
  private record Target(String section, String key) {
    static Target parse(String match) {
      if (match.startsWith("[") && match.indexOf(']') > 0) {
        int close = match.indexOf(']');
        String rest = match.substring(close + 1);
        return new Target(
            match.substring(1, close), rest.startsWith(".") ? rest.substring(1) : rest);
      }
      int dot = match.indexOf('.');
      return dot < 0
          ? new Target("", match)
          : new Target(match.substring(0, dot), match.substring(dot + 1));
    }
  }

  @Override
  public String edit(String content, List<Replacement> replacements, Placeholders placeholders) {
    String end = content.contains("\r\n") ? "\r\n" : "\n";
    List<String> lines = new ArrayList<>(content.lines().toList());
    List<String> before = List.copyOf(lines);
    for (Replacement replacement : replacements) {
      String wanted = Editor.oneLine(placeholders.text(replacement.replaceWith()));
      apply(
          lines,
          Target.parse(Editor.oneLine(replacement.match())),
          new Gate(replacement, true),
          wanted);
    }
    return lines.equals(before) ? content : String.join(end, lines) + end;
  }

  private static void apply(List<String> lines, Target target, Gate gate, String wanted) {
    String section = "";
    int sectionEnd = target.section().isEmpty() ? 0 : -1;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.startsWith("[") && line.contains("]")) {
        section = line.substring(1, line.indexOf(']')).strip();
      } else if (!line.isEmpty()
          && line.charAt(0) != ';'
          && line.charAt(0) != '#'
          && section.equals(target.section())
          && key(line).equals(target.key())) {
        replace(lines, i, gate, wanted);
        return;
      }
      if (section.equals(target.section())) {
        sectionEnd = i + 1;
      }
    }
    if (gate.inserts()) {
      insert(lines, target, sectionEnd, wanted);
    }
  }

  private static void insert(List<String> lines, Target target, int sectionEnd, String wanted) {
    String pair = target.key() + "=" + wanted;
    if (sectionEnd >= 0) {
      lines.add(sectionEnd, pair);
      return;
    }
    if (!lines.isEmpty()) {
      lines.add("");
    }
    lines.add("[" + target.section() + "]");
    lines.add(pair);
  }

  private static String key(String line) {
    int equals = line.indexOf('=');
    return (equals < 0 ? line : line.substring(0, equals)).strip();
  }

  private static void replace(List<String> lines, int index, Gate gate, String wanted) {
    String line = lines.get(index);
    int equals = line.indexOf('=');
    String present = equals < 0 ? "" : withoutComment(line.substring(equals + 1)).strip();
    Optional<String> value = gate.apply(present, wanted);
    if (value.isEmpty() || value.get().equals(present)) {
      return;
    }
    if (equals < 0) {
      lines.set(index, line.strip() + "=" + value.get());
      return;
    }
    int start = equals + 1;
    while (start < line.length() && (line.charAt(start) == ' ' || line.charAt(start) == '\t')) {
      start++;
    }
    lines.set(index, line.substring(0, start) + value.get());
  }

  private static String withoutComment(String value) {
    for (int i = 1; i < value.length(); i++) {
      if ((value.charAt(i) == ';' || value.charAt(i) == '#')
          && Character.isWhitespace(value.charAt(i - 1))) {
        return value.substring(0, i);
      }
    }
    return value;
  }
}
