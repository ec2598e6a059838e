package dev.wings.core.server;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The servers of this node.
public interface Servers {
  /// Every registered server, in order of registration.
  List<Server> all();

  Optional<Server> find(UUID id);

  /// Registers a new server: fetches its definition from the Panel, creates its directory, and
  /// installs (and starts) it in the background.
  ///
  /// @throws dev.wings.core.WingsException kind `CONFLICT` when it exists already
  void create(UUID id, boolean startOnCompletion, boolean skipScripts);

  /// Unregisters the server at once and removes everything that belongs to it in the background.
  ///
  /// @throws dev.wings.core.WingsException kind `NOT_FOUND`
  void delete(UUID id);
}
