/// Backups as ZFS snapshots (`backups.md` 19). Start at [dev.wings.backup.zfs.ZfsBackups]. Runs the
/// `zfs` program and waits for it.
@NullMarked
package dev.wings.backup.zfs;

import org.jspecify.annotations.NullMarked;
