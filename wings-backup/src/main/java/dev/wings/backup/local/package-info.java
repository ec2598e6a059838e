/// Backups as archives in a directory of the node (`backups.md` 15). Start at
/// [dev.wings.backup.local.LocalBackups]. Blocks on the disk; the archives are made and read by
/// threads of their own, which end with each call.
@NullMarked
package dev.wings.backup.local;

import org.jspecify.annotations.NullMarked;
