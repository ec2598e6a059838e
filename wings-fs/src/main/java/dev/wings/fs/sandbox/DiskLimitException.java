package dev.wings.fs.sandbox;

import java.io.IOException;

/// A write would exceed the disk limit. The message is fit for a user.
public final class DiskLimitException extends IOException {
  private static final long serialVersionUID = 1L;

  public DiskLimitException(String message) {
    super(message);
  }
}
