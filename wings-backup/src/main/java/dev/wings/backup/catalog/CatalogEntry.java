package dev.wings.backup.catalog;

import static java.util.Objects.requireNonNull;

import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// What is known about one backup.
///
/// @param server that it belongs to
/// @param result of its creation; empty until then, and for backups that were found again without
/// @param owed whether the Panel still has to be told how the creation, or the deletion, ended
/// @param changed when the state was entered
/// @param verified when all of it was last looked at
/// @param doubtful whether this is an older copy of a damaged entry: what the driver sees counts
public record CatalogEntry(
    UUID backup,
    UUID server,
    BackupAdapter adapter,
    State state,
    Optional<BackupResult> result,
    boolean owed,
    Instant changed,
    Optional<Instant> verified,
    boolean doubtful) {
  public CatalogEntry {
    requireNonNull(backup, "backup");
    requireNonNull(server, "server");
    requireNonNull(adapter, "adapter");
    requireNonNull(state, "state");
    requireNonNull(result, "result");
    requireNonNull(changed, "changed");
    requireNonNull(verified, "verified");
  }

  /// What is being done with a backup.
  public enum State {
    CREATING("creating"),
    COMPLETE("complete"),
    DELETING("deleting");

    private final String storedName;

    State(String storedName) {
      this.storedName = storedName;
    }

    String storedName() {
      return storedName;
    }
  }

  /// A backup that is about to be made.
  public static CatalogEntry creating(
      UUID backup, UUID server, BackupAdapter adapter, Instant now) {
    return new CatalogEntry(
        backup,
        server,
        adapter,
        State.CREATING,
        Optional.empty(),
        /* owed= */ true,
        now,
        Optional.empty(),
        /* doubtful= */ false);
  }

  /// The same, complete. The Panel does not know yet.
  public CatalogEntry complete(BackupResult made, Instant now) {
    return new CatalogEntry(
        backup,
        server,
        adapter,
        State.COMPLETE,
        Optional.of(made),
        /* owed= */ true,
        now,
        Optional.of(now),
        /* doubtful= */ false);
  }

  /// The same as the driver has it, without doubt.
  public CatalogEntry found() {
    return new CatalogEntry(
        backup,
        server,
        adapter,
        State.COMPLETE,
        result,
        /* owed= */ false,
        changed,
        verified,
        /* doubtful= */ false);
  }

  /// The same, about to be deleted.
  ///
  /// @param tell whether the Panel waits for the end of it
  public CatalogEntry deleting(boolean tell, Instant now) {
    return new CatalogEntry(
        backup, server, adapter, State.DELETING, result, tell, now, verified, false);
  }

  /// The same after the Panel was told, or rather: the outbox was.
  public CatalogEntry told() {
    return new CatalogEntry(
        backup, server, adapter, state, result, /* owed= */ false, changed, verified, doubtful);
  }

  /// The same after a look at all of it.
  public CatalogEntry verified(Instant now) {
    return new CatalogEntry(
        backup, server, adapter, state, result, owed, changed, Optional.of(now), doubtful);
  }

  CatalogEntry inDoubt() {
    return new CatalogEntry(
        backup, server, adapter, state, result, owed, changed, verified, /* doubtful= */ true);
  }
}
