package dev.wings.daemon.ws;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/// Texts that this daemon says in `daemon message` (`websocket.md` 4.5).
final class Notices {
  static final String NO_CONSOLE =
      error("You do not have permission to read this server's console.");
  static final String CONSOLE_LOST = error("You may no longer read this server's console.");
  static final String TOO_MANY =
      error("Too many messages arrived at once, some of them were ignored.");
  private static final String GENERIC =
      "An unexpected error happened while this was done. Please contact an administrator.";

  private Notices() {}

  /// Bold on red.
  static String error(String text) {
    return "\u001b[1;41m" + text + "\u001b[0m";
  }

  static String skipped(long lines) {
    return lines == 1
        ? "1 line of output was skipped because it came too fast for this connection."
        : lines + " lines of output were skipped because they came too fast for this connection.";
  }

  /// Lines that are missing for every reader.
  static String lost(long lines) {
    return lines == 1
        ? "1 line of output was skipped because it came too fast."
        : lines + " lines of output were skipped because they came too fast.";
  }

  static Throwable unwrap(Throwable failure) {
    return (failure instanceof CompletionException || failure instanceof ExecutionException)
            && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  static boolean internal(Throwable failure) {
    return !(failure instanceof WingsException known) || known.kind() == ErrorKind.INTERNAL;
  }

  /// What the person who asked is told: reasons meant for users as they are, others only when the
  /// person may see internal errors.
  static String failure(Throwable failure, boolean showInternal) {
    String message = failure.getMessage();
    return error(message != null && (showInternal || !internal(failure)) ? message : GENERIC);
  }
}
