package dev.wings.fs.limiter;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.fs.sandbox.SpaceGate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;

/// Bounds what a server's directory can hold, whoever writes (`filesystem.md` 9). One object serves
/// all servers of a node. Calls for the same server must not overlap.
public interface DiskLimiter {
  DiskLimiterMode mode();

  /// Whether writes of the game itself fail at the limit. False means that only the daemon's own
  /// writes do, and the rest is noticed by scans (`threats.md` QU-03).
  boolean enforces();

  /// Looks whether this mode can work on the data directory.
  ///
  /// @throws LimiterException says what is missing and how to get it
  void check() throws IOException;

  /// Makes the server's directory if it is missing, in the way of this mode, and takes up one that
  /// exists. Called when a server is created, when the daemon finds it again, and before starts.
  ///
  /// @param alive called now and then while a long piece of work gets on
  /// @throws LimiterException when the mode cannot work here, or the directory is not of its kind
  void setup(ServerDirectory directory, Runnable alive) throws IOException;

  /// Whether an existing directory is of this mode's kind, so that [#setup] can take it up.
  boolean holds(ServerDirectory directory) throws IOException;

  /// Puts a limit into force, also while the game runs.
  ///
  /// @param bytes rounded down to MiB; 0 is unlimited
  void limit(ServerDirectory directory, long bytes) throws IOException;

  /// Begins what containers need that use the directory. Does nothing when that is there.
  default void startup(ServerDirectory directory) throws IOException {}

  /// Ends what [#startup] began; no container uses the directory any more.
  default void shutdown(ServerDirectory directory) throws IOException {}

  /// What is mounted into containers.
  default Path mountSource(ServerDirectory directory) {
    return directory.path();
  }

  /// Reads what the servers use, with one look at a file system that they share.
  ///
  /// @return bytes; servers are missing that this limiter knows nothing of
  /// @throws IOException when nothing could be read
  Map<UUID, Long> usage(Collection<ServerDirectory> directories) throws IOException;

  /// What counts as used when the limiter and a scan differ.
  ///
  /// @param read result of [#usage]
  /// @param scanned allocated bytes that the last scan found, corrected by the daemon's own writes
  default long inUse(long read, long scanned) {
    return read;
  }

  /// The gate for the daemon's own writes, for limiters that do not see those by themselves.
  default SpaceGate gate(UUID server, SpaceGate account) {
    return account;
  }

  /// Lets go of the server's directory. What is left of its tree afterwards, often all of it, is
  /// for the caller to delete; a directory that is not of this mode's kind is no error.
  ///
  /// @param alive called now and then while a long piece of work gets on
  void destroy(ServerDirectory directory, Runnable alive) throws IOException;
}
