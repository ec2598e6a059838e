package dev.wings.core.backup;

import java.util.Optional;

/// Ways of keeping backups, in the order in which a backup of unknown kind is looked for
/// (`backups.md` 1).
public enum BackupAdapter {
  WINGS("wings"),
  S3("s3"),
  DDUP_BAK("ddup-bak"),
  BTRFS("btrfs"),
  ZFS("zfs"),
  RESTIC("restic"),
  PROXMOX_BACKUP_SERVER("proxmox-backup-server"),
  KOPIA("kopia");

  private final String wireName;

  BackupAdapter(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  public static Optional<BackupAdapter> parse(String name) {
    for (BackupAdapter adapter : values()) {
      if (adapter.wireName.equals(name)) {
        return Optional.of(adapter);
      }
    }
    return Optional.empty();
  }
}
