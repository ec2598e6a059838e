package dev.wings.backup.s3;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.read.Extraction;
import dev.wings.fs.archive.read.ExtractionLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/// One object in the storage, which this node can only read when the Panel has signed a URL.
final class S3Backup implements StoredBackup {
  private final UUID id;
  private final S3Backups backups;
  private volatile Optional<String> expected = Optional.empty();

  S3Backup(UUID id, S3Backups backups) {
    this.id = id;
    this.backups = backups;
  }

  @Override
  public UUID id() {
    return id;
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.S3;
  }

  @Override
  public Optional<UUID> server() {
    return Optional.empty();
  }

  /// Only the download shows what the storage has: it is compared then, before anything depends on
  /// it.
  @Override
  public void check(Optional<String> checksum, Progress progress) {
    expected = checksum;
  }

  @Override
  public Verification verify(Optional<String> checksum, Progress progress) {
    throw unsupported("verified");
  }

  private static WingsException unsupported(String what) {
    return new WingsException(
        ErrorKind.UNSUPPORTED,
        "backups in S3 storage cannot be " + what + " on the node, only the panel can read them");
  }

  @Override
  public void restore(Restoration restoration) throws IOException {
    String url =
        restoration
            .source()
            .orElseThrow(() ->
                new WingsException(
                    ErrorKind.INVALID, "a backup in S3 storage needs the URL to restore it from"))
            .toString();
    ArchiveFormat format = ObjectName.format(url);
    MessageDigest digest = sha256();
    try (ResumedDownload object = backups.download(url, restoration.progress());
        InputStream hashed = new DigestInputStream(object, digest);
        Extraction extraction =
            Extraction.ofTar(
                hashed,
                object.length(),
                format.compression(),
                backups.restoreThreads(),
                ExtractionLimits.OWN)) {
      extraction.restore(
          restoration.target(), restoration.filter(), restoration.progress(), restoration.watch());
      hashed.transferTo(OutputStream.nullOutputStream());
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
    String found = HexFormat.of().formatHex(digest.digest());
    if (expected.isPresent() && !expected.get().equals(found)) {
      throw new DamagedBackupException(
          "the backup in the storage is not what it was: its SHA-256 is %s, not %s"
              .formatted(found, expected.get()));
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) { // every Java has it
      throw new IllegalStateException(impossible);
    }
  }

  /// The Panel deletes the object; here is at most what an upload has left.
  @Override
  public void delete(Progress progress) throws IOException {
    backups.discard(id);
  }

  @Override
  public Download download(ArchiveFormat format) {
    throw unsupported("downloaded");
  }

  @Override
  public Optional<Browsing> browse() {
    return Optional.empty();
  }
}
