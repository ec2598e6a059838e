package dev.wings.fs.sandbox;

import java.nio.file.PathMatcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Path matchers with the syntax of `FileSystem.getPathMatcher`.
final class Globs {
  private static final String REGEX_META = "\\.[]{}()^$+*?|";

  private Globs() {}

  static PathMatcher matcher(String syntaxAndPattern) {
    int colon = syntaxAndPattern.indexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException(
          "syntaxAndPattern: " + syntaxAndPattern + " (expected: syntax:pattern)");
    }
    String input = syntaxAndPattern.substring(colon + 1);
    String syntax = syntaxAndPattern.substring(0, colon);
    Pattern pattern;
    if (syntax.equalsIgnoreCase("glob")) {
      pattern = Pattern.compile(new Globs.Translation(input).regex());
    } else if (syntax.equalsIgnoreCase("regex")) {
      pattern = Pattern.compile(input);
    } else {
      throw new UnsupportedOperationException("syntax: " + syntax + " (expected: glob or regex)");
    }
    return path -> pattern.matcher(path.toString()).matches();
  }

  private static final class Translation {
    private final String glob;
    private final StringBuilder regex = new StringBuilder();
    private int position;
    private boolean inGroup;

    Translation(String glob) {
      this.glob = glob;
    }

    String regex() {
      while (position < glob.length()) {
        char c = glob.charAt(position++);
        switch (c) {
          case '\\' -> literal(next("escape without a character"));
          case '[' -> bracket();
          case '{' -> openGroup();
          case '}' -> regex.append(closesGroup() ? ")" : "\\}");
          case ',' -> regex.append(inGroup ? "|" : ",");
          case '*' -> star();
          case '?' -> regex.append("[^/]");
          default -> literal(c);
        }
      }
      if (inGroup) {
        throw fault("missing }");
      }
      return regex.toString();
    }

    private void star() {
      if (position < glob.length() && glob.charAt(position) == '*') {
        position++;
        regex.append(".*");
      } else {
        regex.append("[^/]*");
      }
    }

    private void openGroup() {
      if (inGroup) {
        throw fault("groups cannot be nested");
      }
      inGroup = true;
      regex.append("(?:");
    }

    private boolean closesGroup() {
      boolean closes = inGroup;
      inGroup = false;
      return closes;
    }

    private void bracket() {
      regex.append("(?!/)[");
      if (position < glob.length() && glob.charAt(position) == '!') {
        position++;
        regex.append('^');
      }
      boolean first = true;
      while (true) {
        char c = next("missing ]");
        if (c == ']' && !first) {
          regex.append(']');
          return;
        }
        if (c == '/') {
          throw fault("name separator in a class");
        }
        boolean range =
            c == '-' && !first && position < glob.length() && glob.charAt(position) != ']';
        if (!range && (c == '\\' || c == '[' || c == ']' || c == '^' || c == '&' || c == '-')) {
          regex.append('\\');
        }
        regex.append(c);
        first = false;
      }
    }

    private void literal(char c) {
      if (REGEX_META.indexOf(c) >= 0) {
        regex.append('\\');
      }
      regex.append(c);
    }

    private char next(String otherwise) {
      if (position == glob.length()) {
        throw fault(otherwise);
      }
      return glob.charAt(position++);
    }

    private PatternSyntaxException fault(String description) {
      return new PatternSyntaxException(description, glob, Math.max(0, position - 1));
    }
  }
}
