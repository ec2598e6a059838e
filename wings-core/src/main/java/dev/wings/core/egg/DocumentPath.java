package dev.wings.core.egg;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A path into a document of tables and arrays (`panel-remote-api.md` 6.6).
///
/// @param base the path, or the part before its wildcard
/// @param rest the part behind the wildcard; null without one
record DocumentPath(List<Step> base, @Nullable List<Step> rest) {
  private static final Logger log = LoggerFactory.getLogger(DocumentPath.class);
  private static final int MAX_STEPS = 64;

  /// Largest array index; a longer array would only be made of filling.
  private static final int MAX_INDEX = 10_000;

  /// One step down.
  sealed interface Step {
    /// Into a member of a table.
    record Member(String name) implements Step {}

    /// Into an element of an array, counted from 0.
    record Index(int index) implements Step {}
  }

  /// @return null for a path that changes nothing: an empty one, or one with two wildcards
  /// @throws WingsException kind LIMIT for a path that is too long or an index that is too large
  static @Nullable DocumentPath parse(String match) {
    List<Step> base = new ArrayList<>();
    List<Step> rest = null;
    for (String element : match.split("\\.", -1)) {
      if (!element.equals("*")) {
        addElement(element, rest == null ? base : rest);
      } else if (rest != null) {
        log.atWarn().addKeyValue("match", match).log("a path may hold one wildcard only");
        return null;
      } else {
        rest = new ArrayList<>();
      }
    }
    if (base.size() + (rest == null ? 0 : rest.size() + 1) > MAX_STEPS) {
      throw new WingsException(ErrorKind.LIMIT, "a path has more than " + MAX_STEPS + " elements");
    }
    return base.isEmpty() && rest == null
        ? null
        : new DocumentPath(List.copyOf(base), rest == null ? null : List.copyOf(rest));
  }

  /// Adds a name and its indexes; brackets that hold no number are dropped.
  private static void addElement(String element, List<Step> steps) {
    int bracket = element.indexOf('[');
    String name = bracket < 0 ? element : element.substring(0, bracket);
    if (!name.isEmpty()) {
      steps.add(new Step.Member(name));
    }
    while (bracket >= 0) {
      int close = element.indexOf(']', bracket);
      if (close < 0) {
        return;
      }
      String digits = element.substring(bracket + 1, close);
      if (!digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
        steps.add(new Step.Index(index(digits)));
      }
      bracket = element.indexOf('[', close);
    }
  }

  private static int index(String digits) {
    int index = digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    if (index > MAX_INDEX) {
      throw new WingsException(ErrorKind.LIMIT, "an array index is larger than " + MAX_INDEX);
    }
    return index;
  }
}
