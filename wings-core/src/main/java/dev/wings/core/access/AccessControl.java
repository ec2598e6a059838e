package dev.wings.core.access;

import dev.wings.core.event.ServerEvent;
import dev.wings.core.permission.Permission;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.core.token.DenyList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// What the Panel may order about users (`websocket.md` 1.11): push permissions, deny tokens,
/// remove a user, send a message to chosen connections. Takes effect on open connections at once.
public final class AccessControl {
  private final Servers servers;
  private final DenyList denyList;

  public AccessControl(Servers servers, DenyList denyList) {
    this.servers = servers;
    this.denyList = denyList;
  }

  /// Replaces what a user may do on one server. An empty list of permissions removes the user: open
  /// sockets are closed, and every token issued to the user up to now is denied, whatever its kind.
  ///
  /// @param permissions wire names; unknown ones are dropped
  /// @param ignoredFiles gitignore-style patterns hidden from the user
  public void push(Server server, UUID user, List<String> permissions, List<String> ignoredFiles) {
    if (permissions.isEmpty()) {
      remove(server, user);
    } else {
      server.permissions().push(user, permissions, ignoredFiles);
    }
  }

  /// Denies all tokens with these ids that were issued up to now, on the whole node.
  public void deny(Collection<String> ids) {
    ids.forEach(denyList::deny);
  }

  /// Removes a user from some servers; servers that are not on this node are skipped.
  ///
  /// @param ids empty means every server of the node
  public void deauthorize(UUID user, Collection<UUID> ids) {
    if (ids.isEmpty()) {
      servers.all().forEach(server -> remove(server, user));
    } else {
      ids.stream()
          .map(servers::find)
          .flatMap(Optional::stream)
          .forEach(server -> remove(server, user));
    }
  }

  /// Sends a message to the connections of a server that match.
  ///
  /// @param users receivers, empty for all
  /// @param permissions wire names that the receiver's token must all hold; unknown ones are
  ///   dropped
  public void broadcast(
      Server server,
      List<UUID> users,
      List<String> permissions,
      String event,
      List<String> arguments) {
    List<String> known =
        permissions.stream()
            .flatMap(name -> Permission.fromWire(name).stream())
            .map(Permission::wireName)
            .toList();
    server
        .events()
        .publish(
            new ServerEvent.Targeted(List.copyOf(users), known, event, List.copyOf(arguments)));
  }

  /// Tokens carry the user's UUID as their id, so denying it reaches downloads and uploads as well,
  /// whether or not a socket is open. Sockets with another id deny it themselves when they close.
  private void remove(Server server, UUID user) {
    denyList.deny(user.toString());
    server.permissions().revoke(user);
  }
}
