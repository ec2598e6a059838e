package dev.wings.core.egg;

import dev.wings.core.definition.ProcessConfiguration.Replacement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Parser `properties` (`panel-remote-api.md` 6.8). When anything changes, every pair is written as
/// `key=value`; comments and odd lines stay.
final class PropertiesEditor implements Editor {

  /// @param key null for comments, blanks and lines that cannot be decoded
  private record Line(String raw, @Nullable String key, String value) {}

  @Override
  public String edit(String content, List<Replacement> replacements, Placeholders placeholders) {
    List<Line> lines = parse(content);
    boolean changed = false;
    for (Replacement replacement : replacements) {
      String wanted = placeholders.text(replacement.replaceWith());
      Gate gate = new Gate(replacement, true);
      boolean found = false;
      for (int i = 0; i < lines.size(); i++) {
        Line line = lines.get(i);
        if (replacement.match().equals(line.key())) {
          found = true;
          Optional<String> value = gate.apply(line.value(), wanted);
          if (value.isPresent() && !value.get().equals(line.value())) {
            lines.set(i, new Line(line.raw(), line.key(), value.get()));
            changed = true;
          }
        }
      }
      if (!found && gate.inserts()) {
        lines.add(new Line("", replacement.match(), wanted));
        changed = true;
      }
    }
    return changed ? render(lines) : content;
  }

  private static String render(List<Line> lines) {
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      if (line.key() == null) {
        text.append(line.raw().isBlank() ? "" : line.raw());
      } else {
        escape(Editor.oneLine(line.key()), text);
        text.append('=');
        escape(line.value(), text);
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static List<Line> parse(String content) {
    List<Line> lines = new ArrayList<>();
    List<String> raw = content.lines().toList();
    for (int i = 0; i < raw.size(); i++) {
      StringBuilder shown = new StringBuilder(raw.get(i));
      StringBuilder logical = new StringBuilder(raw.get(i).stripLeading());
      while (continues(logical) && i + 1 < raw.size()) {
        i++;
        shown.append('\n').append(raw.get(i));
        logical.setLength(logical.length() - 1);
        logical.append(raw.get(i).stripLeading());
      }
      lines.add(line(shown.toString(), logical.toString()));
    }
    return lines;
  }

  private static boolean continues(CharSequence line) {
    int slashes = 0;
    for (int i = line.length() - 1; i >= 0 && line.charAt(i) == '\\'; i--) {
      slashes++;
    }
    return slashes % 2 == 1;
  }

  private static Line line(String raw, String logical) {
    if (logical.isBlank() || logical.startsWith("#") || logical.startsWith("!")) {
      return new Line(raw, null, "");
    }
    int end = 0;
    while (end < logical.length() && "=: \t\f".indexOf(logical.charAt(end)) < 0) {
      end += logical.charAt(end) == '\\' ? 2 : 1;
    }
    end = Math.min(end, logical.length());
    String rest = logical.substring(end).stripLeading();
    if (rest.startsWith("=") || rest.startsWith(":")) {
      rest = rest.substring(1).stripLeading();
    }
    String key = unescape(logical.substring(0, end));
    String value = unescape(rest);
    return key == null || value == null ? new Line(raw, null, "") : new Line(raw, key, value);
  }

  private static @Nullable String unescape(String text) {
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\' || i + 1 == text.length()) {
        result.append(c);
        continue;
      }
      char next = text.charAt(++i);
      switch (next) {
        case 'n' -> result.append('\n');
        case 'r' -> result.append('\r');
        case 't' -> result.append('\t');
        case 'f' -> result.append('\f');
        case 'u' -> {
          String hex = i + 5 <= text.length() ? text.substring(i + 1, i + 5) : "";
          if (!hex.matches("[0-9a-fA-F]{4}")
              || Character.isSurrogate((char) Integer.parseInt(hex, 16))) {
            return null;
          }
          result.append((char) Integer.parseInt(hex, 16));
          i += 4;
        }
        default -> result.append(next);
      }
    }
    return result.toString();
  }

  private static void escape(String text, StringBuilder result) {
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\\' -> result.append("\\\\");
            case '"' -> result.append("\\\"");
            case '\n' -> result.append("\\n");
            case '\r' -> result.append("\\r");
            case '\t' -> result.append("\\t");
            case '\b' -> result.append("\\b");
            case '\f' -> result.append("\\f");
            case 7 -> result.append("\\a");
            case 11 -> result.append("\\v");
            default -> {
              if (c < ' ' || c == 127) {
                result.append(String.format("\\x%02x", c));
              } else if (c < 128) {
                result.append((char) c);
              } else {
                result.append(String.format(c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
              }
            }
          }
        });
  }
}
