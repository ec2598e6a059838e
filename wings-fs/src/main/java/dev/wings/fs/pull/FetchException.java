package dev.wings.fs.pull;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A download that cannot be made or was broken off. The message is fit for a user: it holds no URL
/// and does not tell whether anything answers at a blocked address (`threats.md` SR-06).
public final class FetchException extends IOException {
  private static final long serialVersionUID = 1L;

  FetchException(String message) {
    this(message, null);
  }

  FetchException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /// The message, never null.
  @Override
  public String getMessage() {
    return requireNonNull(super.getMessage());
  }
}
