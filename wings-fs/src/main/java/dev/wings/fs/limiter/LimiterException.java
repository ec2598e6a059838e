package dev.wings.fs.limiter;

import java.io.IOException;

/// A limiter cannot do its work. The message is written for the operator: what is wrong with which
/// path, and what to do.
public final class LimiterException extends IOException {
  private static final long serialVersionUID = 1L;

  public LimiterException(String message) {
    super(message);
  }

  public LimiterException(String message, Throwable cause) {
    super(message, cause);
  }
}
