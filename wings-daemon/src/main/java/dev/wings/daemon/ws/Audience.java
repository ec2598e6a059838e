package dev.wings.daemon.ws;

import dev.wings.core.permission.LivePermissions;
import dev.wings.core.permission.Permission;
import dev.wings.core.permission.PermissionSet;
import java.util.Optional;

/// Who receives a general event (`websocket.md` 1.8). Both the token and the server's live entry
/// must grant it (1.6).
enum Audience {
  EVERYONE(Permission.WEBSOCKET_CONNECT),
  CONSOLE(Permission.CONTROL_READ_CONSOLE),
  FILES(Permission.FILE_READ),
  BACKUPS(Permission.BACKUP_READ),
  INSTALLATION(Permission.ADMIN_WEBSOCKET_INSTALL);

  private final Permission permission;

  Audience(Permission permission) {
    this.permission = permission;
  }

  boolean includes(PermissionSet token, Optional<LivePermissions.Entry> live) {
    if (this == CONSOLE) { // granted to lists that no Calagopus Panel made
      return token.allowsOrDefault(permission)
          && live.map(entry -> entry.permissions().allowsOrDefault(permission)).orElse(true);
    }
    return token.allows(permission)
        && live.map(entry -> entry.permissions().allows(permission)).orElse(false);
  }
}
