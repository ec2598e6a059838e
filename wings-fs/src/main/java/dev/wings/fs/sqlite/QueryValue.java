package dev.wings.fs.sqlite;

import static java.util.Objects.requireNonNull;

/// One cell of a result (`http-api.md` A.11).
public sealed interface QueryValue {
  record Null() implements QueryValue {}

  /// @param value text, or a number as SQLite writes it
  /// @param truncated whether it was longer than may be shown
  record Text(String value, boolean truncated) implements QueryValue {
    public Text {
      requireNonNull(value, "value");
    }
  }

  /// @param hex two lower-case digits for each byte
  /// @param truncated whether it was longer than may be shown
  record Binary(String hex, boolean truncated) implements QueryValue {
    public Binary {
      requireNonNull(hex, "hex");
    }
  }
}
