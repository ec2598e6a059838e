package dev.wings.core.egg;

import dev.wings.core.definition.ProcessConfiguration.Replacement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Parser `properties` (`panel-remote-api.md` 6.8). When anything changes, every pair is written as
/// `key=value`; comments and odd lines stay.
///
/// Whatever is written reads as the same key and value in `java.util.Properties`. That takes three
/// liberties with the specification: keys keep the escapes that the file has, a leading blank of a
/// value is escaped, and characters beyond ASCII are escapes of four hexadecimal digits, in pairs
/// where needed.
final class PropertiesEditor implements Editor {
  private static final String BLANKS = " \t\f";

  /// @param raw as it stands in the file, continuation lines included
  /// @param writtenKey the key with its escapes
  /// @param key null for comments, blanks and lines that cannot be decoded
  private record Line(String raw, String writtenKey, @Nullable String key, String value) {
    static Line other(String raw) {
      return new Line(raw, "", null, "");
    }

    Line withValue(String changed) {
      return new Line(raw, writtenKey, key, changed);
    }
  }

  @Override
  public String edit(String content, List<Replacement> replacements, Placeholders placeholders) {
    String lineEnd = content.contains("\r\n") ? "\r\n" : "\n";
    List<Line> lines = parse(content, lineEnd);
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
            lines.set(i, line.withValue(value.get()));
            changed = true;
          }
        }
      }
      if (!found && gate.inserts()) {
        lines.add(new Line("", escapeKey(replacement.match()), replacement.match(), wanted));
        changed = true;
      }
    }
    return changed ? render(lines, lineEnd) : content;
  }

  private static String render(List<Line> lines, String lineEnd) {
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      if (line.key() == null) {
        text.append(line.raw().isBlank() ? "" : line.raw());
      } else {
        text.append(line.writtenKey()).append('=').append(escapeValue(line.value()));
      }
      text.append(lineEnd);
    }
    return text.toString();
  }

  // ---- reading

  private static List<Line> parse(String content, String lineEnd) {
    List<Line> lines = new ArrayList<>();
    List<String> raw = content.lines().toList();
    for (int i = 0; i < raw.size(); i++) {
      StringBuilder shown = new StringBuilder(raw.get(i));
      StringBuilder logical = new StringBuilder(withoutLeadingBlanks(raw.get(i)));
      while (continues(logical) && i + 1 < raw.size()) {
        i++;
        shown.append(lineEnd).append(raw.get(i));
        logical.setLength(logical.length() - 1);
        logical.append(withoutLeadingBlanks(raw.get(i)));
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
      return Line.other(raw);
    }
    int end = 0;
    while (end < logical.length() && !isSeparator(logical.charAt(end))) {
      end += logical.charAt(end) == '\\' ? 2 : 1;
    }
    end = Math.min(end, logical.length());
    String rest = withoutLeadingBlanks(logical.substring(end));
    if (rest.startsWith("=") || rest.startsWith(":")) {
      rest = withoutLeadingBlanks(rest.substring(1));
    }
    String writtenKey = logical.substring(0, end);
    String key = unescape(writtenKey);
    String value = unescape(rest);
    return key == null || value == null ? Line.other(raw) : new Line(raw, writtenKey, key, value);
  }

  private static boolean isSeparator(int c) {
    return c == '=' || c == ':' || BLANKS.indexOf(c) >= 0;
  }

  private static String withoutLeadingBlanks(String text) {
    int start = 0;
    while (start < text.length() && BLANKS.indexOf(text.charAt(start)) >= 0) {
      start++;
    }
    return text.substring(start);
  }

  /// @return null for an escape that is no character
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
          if (!hex.matches("[0-9a-fA-F]{4}")) {
            return null;
          }
          result.append((char) Integer.parseInt(hex, 16));
          i += 4;
        }
        default -> result.append(next);
      }
    }
    boolean halves = result.codePoints().anyMatch(PropertiesEditor::isHalf);
    return halves ? null : result.toString();
  }

  /// Half of a character that takes two `char`s.
  private static boolean isHalf(int codePoint) {
    return codePoint <= 0xffff && Character.isSurrogate((char) codePoint);
  }

  // ---- writing

  private static String escapeValue(String value) {
    StringBuilder result = new StringBuilder(value.length());
    if (value.startsWith(" ")) {
      result.append('\\'); // or it would be taken for a part of the separator
    }
    value
        .codePoints()
        .forEach(c -> {
          if (c == '"') {
            result.append('\\');
          }
          escape(c, result);
        });
    return result.toString();
  }

  private static String escapeKey(String key) {
    StringBuilder result = new StringBuilder(key.length());
    key.codePoints()
        .forEach(c -> {
          boolean comment = result.isEmpty() && (c == '#' || c == '!');
          if (comment || c == ' ' || c == '=' || c == ':') {
            result.append('\\');
          }
          escape(c, result);
        });
    return result.toString();
  }

  private static void escape(int c, StringBuilder result) {
    switch (c) {
      case '\\' -> result.append("\\\\");
      case '\n' -> result.append("\\n");
      case '\r' -> result.append("\\r");
      case '\t' -> result.append("\\t");
      case '\f' -> result.append("\\f");
      default -> {
        if (c >= ' ' && c < 127) {
          result.append((char) c);
        } else {
          for (char unit : Character.toChars(isHalf(c) ? 0xfffd : c)) {
            result.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
          }
        }
      }
    }
  }
}
