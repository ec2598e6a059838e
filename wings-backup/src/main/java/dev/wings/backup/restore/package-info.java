/// Exchanges the files of a server for those of a backup, so that a failure at any instant leaves
/// the old tree or the new one (`threats.md` BK-04). Start at
/// [dev.wings.backup.restore.StagedTree]. Blocks on the server's files.
@NullMarked
package dev.wings.backup.restore;

import org.jspecify.annotations.NullMarked;
