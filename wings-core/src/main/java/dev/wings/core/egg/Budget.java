package dev.wings.core.egg;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;

/// Counts the values that the replacements of one file write, so that no combination of wildcards
/// and indexes exhausts memory (`threats.md` CP-01).
final class Budget {
  private static final int MAX_VALUES = 100_000;

  private int left = MAX_VALUES;

  /// @throws WingsException kind LIMIT when nothing is left
  void take(int values) {
    if (values > left) {
      throw new WingsException(
          ErrorKind.LIMIT, "its replacements write more than " + MAX_VALUES + " values");
    }
    left -= values;
  }
}
