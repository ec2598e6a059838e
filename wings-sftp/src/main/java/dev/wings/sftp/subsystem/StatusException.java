package dev.wings.sftp.subsystem;

import java.io.IOException;

/// Ends a request with a status. Carries no stack: refusing is everyday work.
final class StatusException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Status status;

  StatusException(Status status) {
    super(status.name());
    this.status = status;
  }

  Status status() {
    return status;
  }

  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // does nothing
  public Throwable fillInStackTrace() {
    return this;
  }
}
