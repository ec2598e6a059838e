/// What is left out of backups (`backups.md` 7). Start at [dev.wings.backup.ignore.BackupRules].
/// Reading the rules of a server, and looking for the frontier, blocks on the server's files.
@NullMarked
package dev.wings.backup.ignore;

import org.jspecify.annotations.NullMarked;
