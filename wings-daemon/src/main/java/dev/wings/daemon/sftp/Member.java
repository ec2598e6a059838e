package dev.wings.daemon.sftp;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.activity.Actor;
import dev.wings.core.permission.LivePermissions;
import dev.wings.core.permission.Permission;
import dev.wings.core.server.Server;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A user on one server, and what that user may do there at this moment.
///
/// @param address of the client, without port
record Member(Server server, UUID user, String address) {
  Member {
    requireNonNull(server, "server");
    requireNonNull(user, "user");
    requireNonNull(address, "address");
  }

  private Optional<LivePermissions.Entry> entry() {
    return server.permissions().find(user);
  }

  boolean may(Permission permission) {
    return entry().map(entry -> entry.permissions().allows(permission)).orElse(false);
  }

  /// As [#may], but granted by lists that no Calagopus Panel made.
  boolean mayOrDefault(Permission permission) {
    return entry().map(entry -> entry.permissions().allowsOrDefault(permission)).orElse(false);
  }

  /// What is hidden from the user; empty when the user has lost access, so that nothing is known.
  Optional<List<String>> ignoredFiles() {
    return entry().map(LivePermissions.Entry::ignoredFiles);
  }

  Actor actor() {
    return new Actor(user, address, /* schedule= */ null);
  }

  void record(String event, @Nullable ObjectNode metadata) {
    server.record(actor(), event, metadata);
  }
}
