package dev.wings.core.collab;

import java.util.List;

/// The other end of one connection.
public interface CollabClient {
  /// Queues a message and returns at once. Messages arrive in order or, when the connection may not
  /// have them or does not keep up, not at all; then the client must be made to begin anew
  /// ([CollabConnection#resync]).
  void send(String event, List<String> arguments);
}
