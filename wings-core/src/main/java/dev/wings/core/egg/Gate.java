package dev.wings.core.egg;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Whether and to what a value changes (`panel-remote-api.md` 6.4).
///
/// @param insertDefault what an absent `insert_new` means for the parser
record Gate(Replacement replacement, boolean insertDefault) {
  private static final String REGEX = "regex:";

  boolean inserts() {
    Boolean insert = replacement.insertNew();
    return (insert == null ? insertDefault : insert) && replacement.ifValue() == null;
  }

  /// @param present text of the present value, null when there is none
  /// @param wanted resolved new text
  /// @return the new text, empty when nothing changes
  /// @throws WingsException kind LIMIT when substitutions make a text larger than any file
  Optional<String> apply(@Nullable String present, String wanted) {
    if (present == null) {
      return inserts() ? Optional.of(wanted) : Optional.empty();
    }
    if (!replacement.updateExisting()) {
      return Optional.empty();
    }
    String condition = replacement.ifValue();
    if (condition == null) {
      return Optional.of(wanted);
    }
    if (condition.startsWith(REGEX)) {
      return substitute(condition.substring(REGEX.length()), present, wanted);
    }
    return condition.equals(present) ? Optional.of(wanted) : Optional.empty();
  }

  boolean substitutes() {
    return replacement.ifValue() != null && replacement.ifValue().startsWith(REGEX);
  }

  private static Optional<String> substitute(String expression, String present, String wanted) {
    try {
      Matcher matcher = Pattern.compile(expression).matcher(present);
      if (!matcher.find()) {
        return Optional.empty();
      }
      StringBuilder result = new StringBuilder();
      int at = 0;
      do {
        result.append(present, at, matcher.start());
        expand(wanted, matcher, result);
        at = matcher.end();
        if (result.length() > EggConfigFiles.MAX_BYTES) {
          throw new WingsException(ErrorKind.LIMIT, "a substitution is larger than 1 MiB");
        }
      } while (matcher.find());
      return Optional.of(result.append(present, at, present.length()).toString());
    } catch (PatternSyntaxException invalid) {
      return Optional.empty();
    }
  }

  /// `$1`, `${name}`, `$$`.
  private static void expand(String template, Matcher matcher, StringBuilder result) {
    for (int i = 0; i < template.length(); i++) {
      char c = template.charAt(i);
      if (c != '$' || i + 1 == template.length()) {
        result.append(c);
        continue;
      }
      char next = template.charAt(i + 1);
      int close = next == '{' ? template.indexOf('}', i) : -1;
      if (next == '$') {
        result.append('$');
        i++;
      } else if (Character.isDigit(next)) {
        result.append(group(matcher, next - '0'));
        i++;
      } else if (close > 0) {
        String name = template.substring(i + 2, close);
        result.append(
            name.matches("\\d{1,2}")
                ? group(matcher, Integer.parseInt(name))
                : named(matcher, name));
        i = close;
      } else {
        result.append(c);
      }
    }
  }

  private static String group(Matcher matcher, int index) {
    String text = index <= matcher.groupCount() ? matcher.group(index) : null;
    return text == null ? "" : text;
  }

  private static String named(Matcher matcher, String name) {
    try {
      String text = matcher.group(name);
      return text == null ? "" : text;
    } catch (IllegalArgumentException unknown) {
      return "";
    }
  }
}
