package dev.wings.fs.ignore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/// A class in brackets: characters, ranges, `[:name:]` of POSIX, negated by `!` or `^`.
final class CharacterClass {
  private static final Map<String, IntPredicate> POSIX =
      Map.ofEntries(
          Map.entry("alpha", c -> c < 128 && Character.isLetter(c)),
          Map.entry("digit", c -> c >= '0' && c <= '9'),
          Map.entry("alnum", c -> c < 128 && Character.isLetterOrDigit(c)),
          Map.entry("upper", c -> c >= 'A' && c <= 'Z'),
          Map.entry("lower", c -> c >= 'a' && c <= 'z'),
          Map.entry("space", c -> c == ' ' || (c >= '\t' && c <= '\r')),
          Map.entry("blank", c -> c == ' ' || c == '\t'),
          Map.entry("cntrl", c -> c < 32 || c == 127),
          Map.entry("print", c -> c >= 32 && c < 127),
          Map.entry("graph", c -> c > 32 && c < 127),
          Map.entry("punct", c -> c > 32 && c < 127 && !Character.isLetterOrDigit(c)),
          Map.entry("xdigit", c -> Character.digit(c, 16) >= 0 && c < 128));

  private final boolean negated;
  private final List<IntPredicate> members;

  private CharacterClass(boolean negated, List<IntPredicate> members) {
    this.negated = negated;
    this.members = members;
  }

  boolean has(int point) {
    for (IntPredicate member : members) {
      if (member.test(point)) {
        return !negated;
      }
    }
    return negated;
  }

  /// @param last index of the closing bracket
  record Parsed(CharacterClass characters, int last) {}

  /// @param open index of the opening bracket
  static Parsed parse(int[] pattern, int open) throws BadPatternException {
    int i = open + 1;
    boolean negated = i < pattern.length && (pattern[i] == '!' || pattern[i] == '^');
    if (negated) {
      i++;
    }
    List<IntPredicate> members = new ArrayList<>();
    boolean first = true;
    while (true) {
      if (i >= pattern.length) {
        throw new BadPatternException();
      }
      if (pattern[i] == ']' && !first) {
        return new Parsed(new CharacterClass(negated, List.copyOf(members)), i);
      }
      first = false;
      int end = posixEnd(pattern, i);
      if (end > 0) {
        members.add(posix(pattern, i + 2, end));
        i = end + 2;
        continue;
      }
      i += pattern[i] == '\\' ? 1 : 0;
      int low = at(pattern, i++);
      int high = low;
      if (i + 1 < pattern.length && pattern[i] == '-' && pattern[i + 1] != ']') {
        i += pattern[i + 1] == '\\' ? 2 : 1;
        high = at(pattern, i++);
      }
      members.add(range(low, high));
    }
  }

  private static int at(int[] pattern, int index) throws BadPatternException {
    if (index >= pattern.length) {
      throw new BadPatternException();
    }
    return pattern[index];
  }

  private static IntPredicate range(int low, int high) throws BadPatternException {
    if (low > high) {
      throw new BadPatternException();
    }
    return point -> point >= low && point <= high;
  }

  /// Index of the colon that closes `[:name:]`, 0 when none begins at `start`.
  private static int posixEnd(int[] pattern, int start) {
    if (pattern[start] != '[' || start + 1 >= pattern.length || pattern[start + 1] != ':') {
      return 0;
    }
    for (int i = start + 2; i + 1 < pattern.length && pattern[i] != ']'; i++) {
      if (pattern[i] == ':' && pattern[i + 1] == ']') {
        return i;
      }
    }
    return 0;
  }

  private static IntPredicate posix(int[] pattern, int from, int to) throws BadPatternException {
    IntPredicate named = POSIX.get(new String(pattern, from, to - from));
    if (named == null) {
      throw new BadPatternException();
    }
    return named;
  }
}
