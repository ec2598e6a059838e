package dev.wings.sftp.shell;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.console.TerminalFilter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/// What the daemon itself says on a console.
final class Texts {
  private static final String GENERIC =
      "An unexpected error happened while this was done. Please contact an administrator.";

  private Texts() {}

  /// A line of the daemon, told apart from those of the game.
  static String daemon(GameConsole console, String text) {
    return "\u001b[1;33m["
        + TerminalFilter.filter(console.productName())
        + " Daemon]:\u001b[0m "
        + text;
  }

  static String error(String text) {
    return "\u001b[1;41m" + TerminalFilter.filter(text) + "\u001b[0m";
  }

  static String missing(ConsoleRight right) {
    return error("You lack the permission " + right.permission() + " for this.");
  }

  static String skipped(long lines) {
    return lines == 1
        ? "1 line of output was skipped because it came too fast for this connection."
        : lines + " lines of output were skipped because they came too fast for this connection.";
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

  /// Why something failed: reasons meant for users as they are, others only for those who may see
  /// them.
  static String failure(Throwable failure, GameConsole console) {
    String message = failure.getMessage();
    return error(
        message != null && (!internal(failure) || console.allows(ConsoleRight.SEE_ERRORS))
            ? message
            : GENERIC);
  }
}
