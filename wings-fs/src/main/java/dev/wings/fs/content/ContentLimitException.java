package dev.wings.fs.content;

import java.io.IOException;

/// More was asked for than may be read in one go.
public final class ContentLimitException extends IOException {
  private static final long serialVersionUID = 1L;

  ContentLimitException(String message) {
    super(message);
  }
}
