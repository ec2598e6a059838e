package dev.wings.sftp.shell;

/// One key of a terminal.
sealed interface Key {
  record Text(int codePoint) implements Key {}

  /// Keys that do something.
  enum Action implements Key {
    ENTER,
    ERASE,
    DELETE,
    ERASE_LINE,
    UP,
    DOWN,
    LEFT,
    RIGHT,
    HOME,
    END,
    /// Nothing that the editor knows.
    UNKNOWN
  }
}
