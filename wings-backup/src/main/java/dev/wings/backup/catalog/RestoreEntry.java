package dev.wings.backup.catalog;

import static java.util.Objects.requireNonNull;

import dev.wings.core.backup.BackupAdapter;
import java.util.UUID;

/// A restore that is under way. How far it has come is told by its staging directory, until it is
/// done.
///
/// @param staging name of that directory in the server's root
/// @param done whether the new tree is in its place; only the old one may be left to remove
public record RestoreEntry(
    UUID server, UUID backup, BackupAdapter adapter, String staging, boolean done) {
  public RestoreEntry {
    requireNonNull(server, "server");
    requireNonNull(backup, "backup");
    requireNonNull(adapter, "adapter");
    requireNonNull(staging, "staging");
  }

  /// The same when the new tree is in its place.
  public RestoreEntry ended() {
    return new RestoreEntry(server, backup, adapter, staging, /* done= */ true);
  }
}
