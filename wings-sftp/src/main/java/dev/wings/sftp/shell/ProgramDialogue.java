package dev.wings.sftp.shell;

/// Answers WinSCP, which looks for a shell by having texts echoed (`sftp.md` 14). Nothing of what
/// it sends reaches the game.
final class ProgramDialogue {
  private static final String BEGIN = "echo \"WinSCP: this is end-of-file:0\"";
  private static final String ECHO = "echo ";

  private final Screen screen;

  ProgramDialogue(Screen screen) {
    this.screen = screen;
  }

  static boolean beginsWith(String line) {
    return line.startsWith(BEGIN);
  }

  /// Answers one line. A command that is none of ours is followed by an `echo` of its exit status:
  /// that says that there is no such command.
  void answer(String line) {
    if (line.startsWith(ECHO)) {
      screen.answer(echoed(line, /* status= */ "0"));
      return;
    }
    int echo = line.lastIndexOf("; " + ECHO);
    if (echo >= 0) {
      screen.answer(echoed(line.substring(echo + 2), /* status= */ "127"));
    }
  }

  private static String echoed(String echo, String status) {
    String text = echo.substring(ECHO.length()).strip();
    boolean quoted =
        text.length() >= 2
            && (text.startsWith("\"") || text.startsWith("'"))
            && text.charAt(0) == text.charAt(text.length() - 1);
    return (quoted ? text.substring(1, text.length() - 1) : text).replace("$?", status);
  }
}
