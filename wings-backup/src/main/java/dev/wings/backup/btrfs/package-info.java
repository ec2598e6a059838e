/// Backups as Btrfs snapshots (`backups.md` 18). Start at [dev.wings.backup.btrfs.BtrfsBackups].
/// Runs the `btrfs` program and waits for it.
@NullMarked
package dev.wings.backup.btrfs;

import org.jspecify.annotations.NullMarked;
