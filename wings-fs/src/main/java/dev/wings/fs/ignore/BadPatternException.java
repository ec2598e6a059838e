package dev.wings.fs.ignore;

/// A pattern that has no meaning.
final class BadPatternException extends Exception {
  private static final long serialVersionUID = 1L;

  BadPatternException() {
    super("pattern without meaning", null, false, false);
  }
}
