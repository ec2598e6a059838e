package dev.wings.backup.restic;

import java.io.IOException;

/// The program ended with another status than 0.
final class ResticException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String errors;

  /// @param errors what it wrote to standard error
  ResticException(String command, int status, String errors) {
    super(
        "restic %s failed with status %d%s"
            .formatted(command, status, errors.isEmpty() ? "" : ": " + errors));
    this.errors = errors;
  }

  /// Whether it says that there is no such snapshot.
  boolean unknownSnapshot() {
    return errors.contains("no matching ID found") || errors.contains("no snapshot found");
  }
}
