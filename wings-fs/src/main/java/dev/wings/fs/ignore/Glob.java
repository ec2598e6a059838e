package dev.wings.fs.ignore;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A pattern for one name, between two slashes: literals, `?`, `*` and classes in brackets, with
/// the meaning that git gives them. Matching takes time of at most pattern times name, whatever the
/// pattern is (`threats.md` DS-10). Code points count, so `?` is a whole character.
final class Glob {
  private static final int ANY = -1;
  private static final int STAR = -2;
  private static final int FIRST_CLASS = -3;

  /// Code points, [#ANY], [#STAR], or `FIRST_CLASS - index` into [#classes].
  private final int[] tokens;

  private final List<CharacterClass> classes;
  private final Optional<String> literal;

  private Glob(int[] tokens, List<CharacterClass> classes) {
    this.tokens = tokens;
    this.classes = classes;
    this.literal = literal(tokens);
  }

  private static Optional<String> literal(int[] tokens) {
    for (int token : tokens) {
      if (token < 0) {
        return Optional.empty();
      }
    }
    return Optional.of(new String(tokens, 0, tokens.length));
  }

  /// @throws BadPatternException for a class that is not closed, and a backslash at the end
  static Glob parse(String pattern) throws BadPatternException {
    int[] points = pattern.codePoints().toArray();
    int[] tokens = new int[points.length];
    List<CharacterClass> classes = new ArrayList<>();
    int count = 0;
    for (int i = 0; i < points.length; i++) {
      switch (points[i]) {
        case '*' -> {
          if (count == 0 || tokens[count - 1] != STAR) {
            tokens[count++] = STAR;
          }
        }
        case '?' -> tokens[count++] = ANY;
        case '[' -> {
          CharacterClass.Parsed parsed = CharacterClass.parse(points, i);
          classes.add(parsed.characters());
          tokens[count++] = FIRST_CLASS - (classes.size() - 1);
          i = parsed.last();
        }
        case '\\' -> {
          if (++i == points.length) {
            throw new BadPatternException();
          }
          tokens[count++] = points[i];
        }
        default -> tokens[count++] = points[i];
      }
    }
    return new Glob(java.util.Arrays.copyOf(tokens, count), List.copyOf(classes));
  }

  /// The name that it stands for, if only one.
  Optional<String> literal() {
    return literal;
  }

  boolean matches(String name) {
    return literal.isPresent() ? literal.get().equals(name) : matchesTokens(name);
  }

  /// A star first takes nothing. When the rest does not fit, only the last star takes one more:
  /// what an earlier one would take the last one can take as well.
  private boolean matchesTokens(String name) {
    int token = 0;
    int position = 0;
    int star = -1;
    int resume = 0;
    while (position < name.length()) {
      int point = name.codePointAt(position);
      if (token < tokens.length && tokens[token] == STAR) {
        star = token++;
        resume = position;
      } else if (token < tokens.length && accepts(tokens[token], point)) {
        token++;
        position += Character.charCount(point);
      } else if (star >= 0) {
        token = star + 1;
        resume += Character.charCount(name.codePointAt(resume));
        position = resume;
      } else {
        return false;
      }
    }
    while (token < tokens.length && tokens[token] == STAR) {
      token++;
    }
    return token == tokens.length;
  }

  private boolean accepts(int token, int point) {
    if (token >= 0) {
      return token == point;
    }
    return token == ANY || (token <= FIRST_CLASS && classes.get(FIRST_CLASS - token).has(point));
  }
}
