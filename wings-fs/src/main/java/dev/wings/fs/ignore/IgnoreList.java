package dev.wings.fs.ignore;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A list in gitignore syntax with the extended meaning of `filesystem.md` 4.2: every path can be
/// judged alone, a directory's verdict covers what is below it, and a negated line may bring back
/// something from inside an excluded directory. The last line that matches decides.
public final class IgnoreList implements PathFilter {
  /// A file that is being uploaded has this suffix until it is complete, and is judged without it.
  public static final String STAGING_SUFFIX = ".upload-part";

  private final List<Rule> rules;

  private IgnoreList(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  /// Understands all lines or nothing, for lists that protect something from one user: what cannot
  /// be understood must not be taken for permission.
  ///
  /// @return empty when a line has no meaning, such as a class in brackets that is not closed
  public static Optional<PathFilter> compile(List<String> lines) {
    List<Rule> rules = new ArrayList<>();
    for (String line : lines) {
      try {
        Rule.parse(line).ifPresent(rules::add);
      } catch (BadPatternException refused) {
        return Optional.empty();
      }
    }
    return Optional.of(of(rules));
  }

  /// Leaves out lines without meaning, for lists that bind everybody.
  public static PathFilter lenient(List<String> lines) {
    List<Rule> rules = new ArrayList<>();
    for (String line : lines) {
      try {
        Rule.parse(line).ifPresent(rules::add);
      } catch (BadPatternException dropped) {
        // the document defines that this line alone does not count
      }
    }
    return of(rules);
  }

  /// The lines that [#lenient] takes, without space around them, in order.
  public static List<String> accepted(List<String> lines) {
    List<String> accepted = new ArrayList<>();
    for (String line : lines) {
      try {
        if (Rule.parse(line).isPresent()) {
          accepted.add(Rule.trim(line));
        }
      } catch (BadPatternException dropped) {
        // the document defines that this line alone does not count
      }
    }
    return accepted;
  }

  private static PathFilter of(List<Rule> rules) {
    return rules.stream().allMatch(Rule::negated) ? NONE : new IgnoreList(rules);
  }

  @Override
  public Verdict judge(String path, boolean directory) {
    String[] names = names(path);
    if (names.length == 0) {
      return Verdict.KEEP;
    }
    if (!directory) {
      names[names.length - 1] = finalName(names[names.length - 1]);
    }
    for (int i = rules.size() - 1; i >= 0; i--) {
      if (rules.get(i).matches(names, directory)) {
        return rules.get(i).negated() ? Verdict.KEEP : excluded(names, directory);
      }
    }
    return Verdict.KEEP;
  }

  private Verdict excluded(String[] names, boolean directory) {
    if (directory) {
      for (Rule rule : rules) {
        if (rule.negated() && rule.leadsThrough(names)) {
          return Verdict.DESCEND;
        }
      }
    }
    return Verdict.SKIP;
  }

  private static String finalName(String name) {
    boolean staging = name.endsWith(STAGING_SUFFIX) && name.length() > STAGING_SUFFIX.length();
    return staging ? name.substring(0, name.length() - STAGING_SUFFIX.length()) : name;
  }

  private static String[] names(String path) {
    List<String> names = new ArrayList<>(8);
    int start = 0;
    for (int i = 0; i <= path.length(); i++) {
      if (i == path.length() || path.charAt(i) == '/') {
        if (i > start && !(i == start + 1 && path.charAt(start) == '.')) {
          names.add(path.substring(start, i));
        }
        start = i + 1;
      }
    }
    return names.toArray(String[]::new);
  }
}
