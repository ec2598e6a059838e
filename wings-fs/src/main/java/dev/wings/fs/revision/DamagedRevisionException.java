package dev.wings.fs.revision;

/// A stored revision does not give the content whose hash was stored with it.
final class DamagedRevisionException extends Exception {
  private static final long serialVersionUID = 1L;

  DamagedRevisionException(String message) {
    super(message);
  }
}
