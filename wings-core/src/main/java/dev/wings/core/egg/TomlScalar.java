package dev.wings.core.egg;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A TOML value that holds no others.
///
/// @param source how it is written, on one line unless the document's owner wrote it otherwise
/// @param meaning text of a string; of anything else a spelling that equal values share
record TomlScalar(Kind kind, String source, String meaning) implements Toml.Value {
  enum Kind {
    STRING,
    INTEGER,
    FLOAT,
    BOOLEAN,
    DATE_TIME
  }

  private static final int MAX_LENGTH = 100;
  private static final Pattern DECIMAL = Pattern.compile("[+-]?(?:0|[1-9](?:_?[0-9])*)");
  private static final Pattern PREFIXED =
      Pattern.compile("0x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*");
  private static final Pattern FLOAT =
      Pattern.compile(
          "[+-]?(?:0|[1-9](?:_?[0-9])*)(?:\\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?");
  private static final Pattern SPECIAL_FLOAT = Pattern.compile("([+-]?)(inf|nan)");
  private static final String TIME = "(?:[01]\\d|2[0-3]):[0-5]\\d";
  private static final String SECONDS = ":(?:[0-5]\\d|60)(?:\\.\\d+)?";
  private static final Pattern DATE_TIME = dateTime(SECONDS);
  private static final Pattern DATE_TIME_OF_1_1 = dateTime("(?:" + SECONDS + ")?");

  private static Pattern dateTime(String seconds) {
    String time = TIME + seconds;
    return Pattern.compile(
        "(\\d{4}-\\d\\d-\\d\\d)(?:[Tt ]%1$s(?:[Zz]|[+-]%2$s)?)?|%1$s".formatted(time, TIME));
  }

  /// Quotes text so that it stays on one line, whatever it holds.
  static TomlScalar string(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    StringBuilder meaning = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c <= 0xffff && Character.isSurrogate((char) c) ? 0xfffd : c)
        .forEach(c -> {
          meaning.appendCodePoint(c);
          switch (c) {
            case '"' -> quoted.append("\\\"");
            case '\\' -> quoted.append("\\\\");
            case '\b' -> quoted.append("\\b");
            case '\t' -> quoted.append("\\t");
            case '\n' -> quoted.append("\\n");
            case '\f' -> quoted.append("\\f");
            case '\r' -> quoted.append("\\r");
            default -> {
              if (needsEscape(c)) {
                quoted.append(String.format(Locale.ROOT, "\\u%04X", c));
              } else {
                quoted.appendCodePoint(c);
              }
            }
          }
        });
    return new TomlScalar(Kind.STRING, quoted.append('"').toString(), meaning.toString());
  }

  /// Line and paragraph separators end a line for some editors and parsers.
  private static boolean needsEscape(int c) {
    return Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
  }

  static TomlScalar bool(boolean value) {
    String text = String.valueOf(value);
    return new TomlScalar(Kind.BOOLEAN, text, text);
  }

  /// This string between the kind of quotes that the other one has, where they can hold it.
  TomlScalar quotedLike(TomlScalar other) {
    boolean literal = other.source().startsWith("'") && !other.source().startsWith("'''");
    boolean fits = meaning.codePoints().noneMatch(c -> c == '\'' || needsEscape(c));
    return literal && fits && kind == Kind.STRING
        ? new TomlScalar(kind, "'" + meaning + "'", meaning)
        : this;
  }

  /// A value without quotes.
  ///
  /// @param lenient also accepts what came with TOML 1.1
  /// @return null when the text is no such value
  static @Nullable TomlScalar bare(String text, boolean lenient) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return null;
    }
    if (text.equals("true") || text.equals("false")) {
      return new TomlScalar(Kind.BOOLEAN, text, text);
    }
    if (DECIMAL.matcher(text).matches()) {
      String digits = text.replace("_", "");
      return new TomlScalar(Kind.INTEGER, text, new BigInteger(digits).toString());
    }
    if (PREFIXED.matcher(text).matches()) {
      int radix = text.charAt(1) == 'x' ? 16 : text.charAt(1) == 'o' ? 8 : 2;
      String digits = text.substring(2).replace("_", "");
      return new TomlScalar(Kind.INTEGER, text, new BigInteger(digits, radix).toString());
    }
    if (FLOAT.matcher(text).matches()) {
      double value = Double.parseDouble(text.replace("_", ""));
      return new TomlScalar(Kind.FLOAT, text, String.valueOf(value));
    }
    var special = SPECIAL_FLOAT.matcher(text);
    if (special.matches()) {
      boolean negative = special.group(1).equals("-") && text.endsWith("inf");
      return new TomlScalar(Kind.FLOAT, text, (negative ? "-" : "") + special.group(2));
    }
    return date(text, lenient ? DATE_TIME_OF_1_1 : DATE_TIME);
  }

  private static @Nullable TomlScalar date(String text, Pattern pattern) {
    var matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    String date = matcher.group(1);
    try {
      if (date != null) {
        LocalDate.parse(date);
      }
    } catch (DateTimeException noSuchDay) {
      return null;
    }
    String meaning = text.replace(' ', 'T').toUpperCase(Locale.ROOT);
    return new TomlScalar(Kind.DATE_TIME, text, meaning);
  }

  @Override
  public void render(StringBuilder out) {
    out.append(source);
  }
}
