package dev.wings.core.collab.document;

/// Bytes that are no update. The document has not changed.
public final class BadUpdateException extends Exception {
  private static final long serialVersionUID = 1;

  BadUpdateException(String message) {
    super(message);
  }
}
