package dev.wings.core.volume;

import java.io.IOException;
import java.nio.file.Path;

/// Port to one server's files. [#root] leads into a file system that cannot be left; there is no
/// second way to touch a server's files.
public interface ServerVolume extends AutoCloseable {
  /// Root of the sandboxed file system.
  Path root();

  /// The directory on the host, only for bind mounts.
  String hostPath();

  /// Creates the volume's directory when it is missing and opens the sandbox on it.
  void prepare() throws IOException;

  /// Gives every entry to the container user, never following links. Returns the number of entries
  /// changed.
  long repairOwnership() throws IOException;

  /// Bytes in use according to the last scan; 0 before the first.
  long usedBytes();

  /// Scans the whole volume now and returns the bytes in use.
  long scan() throws IOException;

  /// Scans as much as is needed; the same as [#scan()] where changes are not known.
  default long scan(Scan kind) throws IOException {
    return scan();
  }

  /// Whether the volume may have come near its limit since the last scan, which is reason to scan
  /// early. Cheap, never blocks.
  default boolean suspicious() {
    return false;
  }

  /// Whether the file system that holds the volume is nearly full, which leaves no patience with a
  /// server that is beyond its limit. Never blocks.
  default boolean pressed() {
    return false;
  }

  /// Whether an entry may have another owner than the container user. False only when the volume
  /// was watched since the last [#repairOwnership] and nothing has changed. Never blocks.
  default boolean ownershipMayDiffer() {
    return true;
  }

  /// A number that moves while a scan, a repair of ownership or a removal gets on. One that stands
  /// still while such work is under way means that the file system does not answer. Never blocks.
  default long progress() {
    return 0;
  }

  /// New limit in bytes, 0 is unlimited.
  void limit(long bytes);

  /// Limit in bytes, 0 is unlimited.
  long limitBytes();

  /// Puts the limit into force for the game too, where something enforces it; [#prepare] does so as
  /// well. Does nothing before that.
  default void applyLimit() throws IOException {}

  /// Whether writes of the game itself fail at the limit. If not, only those of the daemon do, and
  /// what the game writes is found by scans.
  default boolean enforcedByKernel() {
    return false;
  }

  /// Begins what containers need that use the volume; called after [#prepare] and before one is
  /// created. Does nothing when that is there.
  default void startup() throws IOException {}

  /// Ends what [#startup] began; the containers are gone.
  default void shutdown() throws IOException {}

  /// At or above the limit.
  default boolean full() {
    return limitBytes() > 0 && usedBytes() >= limitBytes();
  }

  /// Removes everything inside, keeps the directory.
  void clear() throws IOException;

  /// Removes the volume itself, never following links.
  void destroy() throws IOException;

  /// Closes the sandbox; later operations fail.
  @Override
  void close();
}
