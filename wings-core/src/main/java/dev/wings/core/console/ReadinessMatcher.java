package dev.wings.core.console;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.wings.core.definition.ProcessConfiguration.Startup;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Decides by a raw console line whether a starting server has become ready (`websocket.md` 4.3).
/// Without texts the first line does; with an empty list none ever does; otherwise the first line
/// that contains one of the texts. A text `regex:…` is an expression that may match anywhere
/// (linear time, so no egg can hang the console); one that does not compile is taken literally.
///
/// Immutable. Ask it only while the server is starting.
public final class ReadinessMatcher {
  private static final String REGEX = "regex:";

  private final boolean anyLine;
  private final boolean stripAnsi;
  private final List<Predicate<String>> texts;

  private ReadinessMatcher(boolean anyLine, boolean stripAnsi, List<Predicate<String>> texts) {
    this.anyLine = anyLine;
    this.stripAnsi = stripAnsi;
    this.texts = List.copyOf(texts);
  }

  public static ReadinessMatcher of(Startup startup) {
    List<String> done = startup.done();
    if (done == null) {
      return new ReadinessMatcher(/* anyLine= */ true, startup.stripAnsi(), List.of());
    }
    List<Predicate<String>> texts = new ArrayList<>();
    for (String text : done) {
      texts.add(matcher(text));
    }
    return new ReadinessMatcher(/* anyLine= */ false, startup.stripAnsi(), texts);
  }

  /// Whether this line makes the server ready.
  ///
  /// @param rawLine trimmed, before throttle and filter
  public boolean matches(String rawLine) {
    if (anyLine) {
      return true;
    }
    String line = stripAnsi ? stripAnsi(rawLine) : rawLine;
    for (Predicate<String> text : texts) {
      if (text.test(line)) {
        return true;
      }
    }
    return false;
  }

  private static Predicate<String> matcher(String text) {
    if (text.startsWith(REGEX) && text.length() > REGEX.length()) {
      try {
        Pattern pattern = Pattern.compile(text.substring(REGEX.length()));
        return line -> pattern.matcher(line).find();
      } catch (PatternSyntaxException _) {
        // documented: an invalid expression is a plain text, prefix included
        return line -> line.contains(text);
      }
    }
    return line -> line.contains(text);
  }

  /// Removes ESC and everything up to and including the next ASCII letter.
  static String stripAnsi(String line) {
    int escape = line.indexOf('\u001b');
    if (escape < 0) {
      return line;
    }
    StringBuilder plain = new StringBuilder(line.length());
    int from = 0;
    while (escape >= 0) {
      plain.append(line, from, escape);
      from = escape + 1;
      while (from < line.length() && !ConsoleText.isLetter(line.charAt(from))) {
        from++;
      }
      from = Math.min(from + 1, line.length());
      escape = line.indexOf('\u001b', from);
    }
    return plain.append(line, from, line.length()).toString();
  }
}
