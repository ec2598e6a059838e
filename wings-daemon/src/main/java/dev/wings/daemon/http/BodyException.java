package dev.wings.daemon.http;

import java.io.IOException;

/// A streamed request body that cannot go on although the client is still there.
final class BodyException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /// @param status of the answer when the handler passes this on
  BodyException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
