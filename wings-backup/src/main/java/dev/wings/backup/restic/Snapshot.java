package dev.wings.backup.restic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.backup.ResticRepository;
import java.util.Optional;
import java.util.UUID;

/// A snapshot that is a backup: its first tag is the backup's id.
///
/// @param id as restic prints it in full
/// @param path absolute path on the node that made it
record Snapshot(ResticRepository repository, UUID backup, String id, String path) {
  /// @return empty for snapshots of others
  static Optional<Snapshot> read(JsonNode node, ResticRepository repository) {
    String id = node.path("id").asText(node.path("short_id").asText(""));
    String path = node.path("paths").path(0).asText("");
    Optional<UUID> backup = uuid(node.path("tags").path(0).asText(""));
    return backup.isEmpty() || id.isEmpty() || !path.startsWith("/")
        ? Optional.empty()
        : Optional.of(new Snapshot(repository, backup.get(), id, path));
  }

  static Optional<UUID> uuid(String text) {
    try {
      UUID uuid = UUID.fromString(text);
      return uuid.toString().equals(text) ? Optional.of(uuid) : Optional.empty();
    } catch (IllegalArgumentException other) {
      return Optional.empty();
    }
  }

  /// The server whose volume it was, by the name of that.
  Optional<UUID> server() {
    return uuid(path.substring(path.lastIndexOf('/') + 1));
  }

  /// Whether a checksum of the catalog is this snapshot's: some versions tell only its beginning.
  boolean is(String checksum) {
    return id.startsWith(checksum) || checksum.equals(ResticBackups.UNKNOWN);
  }
}
