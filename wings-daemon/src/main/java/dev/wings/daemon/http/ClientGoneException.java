package dev.wings.daemon.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The peer closed, reset or does not take what it asked for. Nobody is there to be told.
final class ClientGoneException extends IOException {
  private static final long serialVersionUID = 1L;

  ClientGoneException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
