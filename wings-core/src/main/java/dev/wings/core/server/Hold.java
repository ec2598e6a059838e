package dev.wings.core.server;

/// A server that somebody has for himself, with its lock set: it cannot start, and users cannot
/// write its files. Blocking; for one thread.
public interface Hold extends AutoCloseable {
  /// Stops the server, with a kill after 30 seconds. Does nothing when it is offline.
  ///
  /// @throws dev.wings.core.WingsException when it could not be stopped
  void stop();

  /// Lets the volume hold more than its limit for now, where that limit is enforced too. Replaces
  /// what was allowed before.
  ///
  /// @param extraBytes above the limit; nothing changes for a server without one
  /// @throws java.io.IOException when the limit cannot be changed
  void allow(long extraBytes) throws java.io.IOException;

  /// Has the volume scanned in the background, after its files were exchanged.
  void rescan();

  /// Takes back what was allowed and the lock. Idempotent.
  @Override
  void close();
}
