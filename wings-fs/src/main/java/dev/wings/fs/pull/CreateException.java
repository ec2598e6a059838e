package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/// A pull that did not come to its start. The message is the bare cause, fit for a user.
public final class CreateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CreateException(String message) {
    super(message);
  }

  CreateException(String message, IOException cause) {
    super(message, cause);
  }

  CreateException(IOException cause) {
    super(cause instanceof FetchException known ? known.getMessage() : "transfer failed", cause);
  }

  /// The message, never null.
  @Override
  public String getMessage() {
    return requireNonNull(super.getMessage());
  }
}
