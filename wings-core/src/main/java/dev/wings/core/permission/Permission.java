package dev.wings.core.permission;

import java.util.Optional;

/// Permission names that the daemon knows (`websocket.md` 1.6). Others in a list are ignored.
public enum Permission {
  ALL("*"),
  META_CALAGOPUS("meta.calagopus"),
  WEBSOCKET_CONNECT("websocket.connect"),
  CONTROL_READ_CONSOLE("control.read-console"),
  CONTROL_CONSOLE("control.console"),
  CONTROL_START("control.start"),
  CONTROL_STOP("control.stop"),
  CONTROL_RESTART("control.restart"),
  ADMIN_WEBSOCKET_ERRORS("admin.websocket.errors"),
  ADMIN_WEBSOCKET_INSTALL("admin.websocket.install"),
  ADMIN_WEBSOCKET_TRANSFER("admin.websocket.transfer"),
  BACKUP_READ("backup.read"),
  SCHEDULE_READ("schedule.read"),
  FILE_READ("file.read"),
  FILE_READ_CONTENT("file.read-content"),
  FILE_CREATE("file.create"),
  FILE_UPDATE("file.update"),
  FILE_DELETE("file.delete"),
  FILE_ARCHIVE("file.archive"),
  FILE_SFTP("file.sftp");

  private final String wireName;

  Permission(String wireName) {
    this.wireName = wireName;
  }

  /// The canonical, singular name.
  public String wireName() {
    return wireName;
  }

  boolean admin() {
    return wireName.startsWith("admin.");
  }

  /// Reads a name; the plural forms `files.`, `backups.` and `schedules.` are accepted as well.
  public static Optional<Permission> fromWire(String name) {
    String singular = name;
    for (String plural : new String[] {"files.", "backups.", "schedules."}) {
      if (name.startsWith(plural)) {
        singular = plural.substring(0, plural.length() - 2) + name.substring(plural.length() - 1);
      }
    }
    for (Permission permission : values()) {
      if (permission.wireName.equals(singular)) {
        return Optional.of(permission);
      }
    }
    return Optional.empty();
  }
}
