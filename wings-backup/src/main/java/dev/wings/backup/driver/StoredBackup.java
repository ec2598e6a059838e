package dev.wings.backup.driver;

import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.view.FileView;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// A backup that exists.
public interface StoredBackup {
  UUID id();

  BackupAdapter adapter();

  /// The server it was made of, when the backup itself tells.
  Optional<UUID> server();

  /// The stored file's format, for backups that are one archive.
  default Optional<ArchiveFormat> format() {
    return Optional.empty();
  }

  /// Bytes of the stored file, for backups that are one.
  default OptionalLong size() {
    return OptionalLong.empty();
  }

  /// Checks what can be checked before anything depends on it, cheaply enough to be done before
  /// each restore: that everything is there and, where a checksum of the whole is known, that it
  /// matches (`threats.md` BK-04).
  ///
  /// @param expected checksum from the catalog, in the form of [dev.wings.core.backup.BackupResult]
  /// @throws DamagedBackupException when it is not what it was
  void check(Optional<String> expected, Progress progress) throws IOException;

  /// Reads everything and checks all of it, structure included.
  ///
  /// @return what is wrong, empty when nothing is
  Verification verify(Optional<String> expected, Progress progress) throws IOException;

  /// Writes the content into an empty directory. An entry that cannot be read or made is reported
  /// and left out; a fault that makes the rest unreadable ends the restore.
  ///
  /// @throws dev.wings.fs.sandbox.DiskLimitException when it does not fit
  /// @throws dev.wings.core.operation.OperationAbortedException when it was cancelled
  void restore(Restoration restoration) throws IOException;

  /// Removes the backup. Idempotent: what is gone already is no failure.
  void delete(Progress progress) throws IOException;

  /// How it is downloaded.
  ///
  /// @param format wanted by the client; only streaming kinds follow it
  Download download(ArchiveFormat format) throws IOException;

  /// Opens it for looking into.
  ///
  /// @return closed by the caller; empty for kinds that cannot be browsed
  Optional<Browsing> browse() throws IOException;

  /// A read-only tree.
  interface Browsing extends Closeable {
    /// Its filter hides what the backup is not meant to hold.
    FileView view();
  }
}
