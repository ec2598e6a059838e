package dev.wings.backup;

import dev.wings.core.server.Server;
import java.util.UUID;

/// Is told what becomes of backups, on their threads; must return quickly. What it throws is logged
/// and ends nothing.
public interface BackupListener {
  /// Hears nothing.
  BackupListener NONE = new BackupListener() {};

  /// What a schedule's `backup_status` trigger knows of a creation (`backups.md` 8).
  enum CreationStatus {
    STARTING("starting"),
    FINISHED("finished"),
    FAILED("failed");

    private final String wireName;

    CreationStatus(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }
  }

  /// A creation has entered another state.
  default void creation(Server server, UUID backup, CreationStatus status) {}

  /// All files of a server were exchanged, so that their history means nothing any more.
  default void filesExchanged(UUID server) {}
}
