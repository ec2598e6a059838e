package dev.wings.fs.host;

import java.io.IOException;
import java.util.List;

/// A program ended with another status than 0, or reported an error in another way.
public final class CommandException extends IOException {
  private static final long serialVersionUID = 1L;

  private static final int MAX_SHOWN = 2000;

  private final String errors;

  public CommandException(List<String> command, int status, String errors) {
    super(
        "%s: %s"
            .formatted(
                String.join(" ", command),
                errors.isBlank() ? "status " + status : shortened(errors.strip())));
    this.errors = errors;
  }

  private static String shortened(String text) {
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
  }

  /// What the program wrote to standard error.
  public String errors() {
    return errors;
  }
}
