/// Backups in restic repositories, made and read by the `restic` program (`backups.md` 20, 23).
/// Start at [dev.wings.backup.restic.ResticBackups]; maintenance of repositories is at
/// [dev.wings.backup.restic.ResticMaintenance]. Methods wait for the program on the thread that
/// calls; a cancelled [dev.wings.core.operation.Progress] ends the program. Environments hold
/// passwords and are never logged.
@NullMarked
package dev.wings.backup.restic;

import org.jspecify.annotations.NullMarked;
