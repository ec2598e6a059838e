package dev.wings.daemon.http;

import static java.util.Objects.requireNonNull;

/// An expected failure whose status no [dev.wings.core.ErrorKind] stands for, such as 429 or 415.
/// Handlers that pass on what the core says throw nothing of this kind.
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /// @param status HTTP status, 400 to 599
  /// @param message `error` member of the answer: short, lower case
  public ApiException(int status, String message) {
    super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("status: " + status + " (expected: 400-599)");
    }
    this.status = status;
  }

  public int status() {
    return status;
  }

  /// The message, never null.
  @Override
  public String getMessage() {
    return requireNonNull(super.getMessage());
  }
}
