package dev.wings.sftp.shell;

/// What a user may be allowed to do with a console (`sftp.md` 6).
public enum ConsoleRight {
  /// Have a shell at all (`websocket.connect`).
  CONNECT("websocket.connect"),
  /// See what the game prints.
  READ("control.read-console"),
  /// Send commands to the game.
  COMMAND("control.console"),
  START("control.start"),
  /// Stop and kill.
  STOP("control.stop"),
  RESTART("control.restart"),
  /// See what an installation prints.
  SEE_INSTALLATION("admin.websocket.install"),
  /// See why something failed inside the daemon.
  SEE_ERRORS("admin.websocket.errors"),
  /// Pack archives.
  ARCHIVE("files.archive"),
  /// Unpack archives.
  CREATE_FILES("files.create");

  private final String permission;

  ConsoleRight(String permission) {
    this.permission = permission;
  }

  /// Name of the permission, for messages.
  public String permission() {
    return permission;
  }
}
