/// The interface of everything that keeps backups. A driver makes backups and finds them again; a
/// backup that was found restores, deletes, checks and shows itself. Start reading at
/// [dev.wings.backup.driver.BackupDriver]. Methods block, for minutes and more; they are called on
/// threads for heavy work, and each looks after its [dev.wings.core.operation.Progress].
@NullMarked
package dev.wings.backup.driver;

import org.jspecify.annotations.NullMarked;
