package dev.wings.backup.driver;

import java.io.IOException;

/// A backup is not what it was when it was made.
public final class DamagedBackupException extends IOException {
  private static final long serialVersionUID = 1L;

  public DamagedBackupException(String message) {
    super(message);
  }
}
