package dev.wings.daemon.local;

import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Applies changes of the users to those who are logged in (`threats.md` SF-03). Used by one
/// thread.
final class LocalAccess {
  private final LocalUsers users;
  private final Servers servers;
  private Map<String, LocalUser> before = Map.of();

  LocalAccess(LocalUsers users, Servers servers) {
    this.users = users;
    this.servers = servers;
    this.before = users.all();
  }

  /// Looks at the file again.
  void apply() {
    Map<String, LocalUser> now = users.all();
    before.forEach((name, user) -> {
      LocalUser after = now.get(name);
      if (!user.equals(after)) {
        servers.all().forEach(server -> apply(server, user, after));
      }
    });
    before = now;
  }

  private static void apply(Server server, LocalUser user, @Nullable LocalUser after) {
    if (server.permissions().find(user.id()).isEmpty()) {
      return; // not logged in
    }
    if (after == null || !after.sameSecrets(user) || !after.mayUse(server.id())) {
      server.permissions().revoke(user.id());
    } else {
      // an empty list revokes, too
      server.permissions().push(user.id(), after.permissions(), after.ignoredFiles());
    }
  }
}
