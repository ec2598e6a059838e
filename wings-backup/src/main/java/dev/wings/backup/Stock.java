package dev.wings.backup;

import dev.wings.backup.catalog.Catalog;
import dev.wings.backup.catalog.CatalogEntry;
import dev.wings.backup.catalog.CatalogEntry.State;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.server.Server;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds backups and tells whose they are (`threats.md` BK-02): a backup belongs to the server that
/// the catalog names; one that the catalog does not know, to the server that the driver names or in
/// whose definition the Panel lists it.
final class Stock {
  private static final Logger log = LoggerFactory.getLogger(Stock.class);

  private final BackupNode node;
  private final Catalog catalog;

  Stock(BackupNode node, Catalog catalog) {
    this.node = node;
    this.catalog = catalog;
  }

  /// The driver of a kind.
  ///
  /// @throws WingsException kind `UNSUPPORTED` when this build has none
  BackupDriver driver(BackupAdapter adapter) {
    BackupDriver driver = node.drivers().get(adapter);
    if (driver == null) {
      throw new WingsException(
          ErrorKind.UNSUPPORTED,
          "backups of kind " + adapter.wireName() + " are not supported by this build");
    }
    return driver;
  }

  /// A complete backup of a kind.
  ///
  /// @throws IOException when the driver cannot tell
  Optional<StoredBackup> find(UUID backup, BackupAdapter adapter) throws IOException {
    Optional<CatalogEntry> entry = catalog.find(backup);
    if (entry.isPresent() && entry.get().state() != State.COMPLETE) {
      return Optional.empty();
    }
    return driver(entry.map(CatalogEntry::adapter).orElse(adapter)).find(backup);
  }

  /// A complete backup of whatever kind that can be looked for. A driver that fails is passed over.
  Optional<StoredBackup> find(UUID backup) {
    Optional<CatalogEntry> entry = catalog.find(backup);
    if (entry.isPresent()) {
      return entry.get().state() == State.COMPLETE
          ? look(backup, entry.get().adapter())
          : Optional.empty();
    }
    for (BackupAdapter adapter : BackupAdapter.values()) {
      if (adapter != BackupAdapter.S3) { // which claims every backup
        Optional<StoredBackup> found = look(backup, adapter);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<StoredBackup> look(UUID backup, BackupAdapter adapter) {
    BackupDriver driver = node.drivers().get(adapter);
    try {
      return driver == null ? Optional.empty() : driver.find(backup);
    } catch (IOException | WingsException failure) {
      log.atWarn()
          .addKeyValue("backup", backup)
          .addKeyValue("adapter", adapter.wireName())
          .setCause(failure)
          .log("cannot tell whether a backup is of this kind");
      return Optional.empty();
    }
  }

  /// Whether a backup is a server's: the Panel's word counts most, it may give a backup to another
  /// server than that which it was made of.
  boolean belongs(Server server, UUID backup, Optional<StoredBackup> stored) {
    if (server.definition().settings().backups().contains(backup)) {
      return true;
    }
    Optional<CatalogEntry> entry = catalog.find(backup);
    if (entry.isPresent()) {
      return entry.get().server().equals(server.id());
    }
    return stored.flatMap(StoredBackup::server).filter(server.id()::equals).isPresent();
  }

  /// The checksum that a backup had when it was made.
  Optional<String> checksum(UUID backup) {
    return catalog
        .find(backup)
        .flatMap(CatalogEntry::result)
        .map(BackupResult::checksum)
        .filter(checksum -> !checksum.isEmpty());
  }

  static WingsException notFound() {
    return WingsException.notFound("backup not found");
  }
}
