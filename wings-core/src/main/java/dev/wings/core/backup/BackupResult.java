package dev.wings.core.backup;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// What is known about a backup that is complete (`backups.md` 1).
///
/// @param checksumType such as `sha256`
/// @param checksum what that type means by it
/// @param size bytes as the kind of backup counts them
/// @param files files and links in it
/// @param browsable whether users can look into it
/// @param streaming whether it can be had as an archive of any format
/// @param parts of a multipart upload, which the Panel completes with them; empty for other kinds
public record BackupResult(
    String checksumType,
    String checksum,
    long size,
    long files,
    boolean browsable,
    boolean streaming,
    List<BackupPart> parts) {
  /// What is reported of a creation that failed.
  public static final BackupResult FAILED = new BackupResult("", "", 0, 0, false, false, List.of());

  public BackupResult {
    requireNonNull(checksumType, "checksumType");
    requireNonNull(checksum, "checksum");
    parts = List.copyOf(parts);
  }
}
