package dev.wings.fs.limiter;

import java.io.IOException;
import java.util.List;

/// A program ended with another status than 0, or reported an error in another way.
final class CommandException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String errors;

  CommandException(List<String> command, int status, String errors) {
    super(
        "%s: %s"
            .formatted(
                String.join(" ", command), errors.isBlank() ? "status " + status : errors.strip()));
    this.errors = errors;
  }

  /// What the program wrote to standard error.
  String errors() {
    return errors;
  }
}
