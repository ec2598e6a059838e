package dev.wings.fs.sqlite;

import static java.util.Objects.requireNonNull;

/// A batch that was not carried out to its end. The message is SQLite's, fit for a user.
public final class QueryException extends Exception {
  private static final long serialVersionUID = 1L;

  /// Why.
  public enum Reason {
    /// SQLite refused a statement, or may not be asked to run it.
    REFUSED,
    /// The time was over.
    TIMEOUT
  }

  private final Reason reason;

  QueryException(Reason reason, String message) {
    super(message);
    this.reason = requireNonNull(reason, "reason");
  }

  public Reason reason() {
    return reason;
  }

  /// The message, never null.
  @Override
  public String getMessage() {
    return requireNonNull(super.getMessage());
  }
}
