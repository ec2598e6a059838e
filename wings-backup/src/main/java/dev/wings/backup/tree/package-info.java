/// Backups whose files are a directory that nobody writes to, such as a snapshot: how they are
/// measured, restored, read through, sent as an archive and shown. Start at
/// [dev.wings.backup.tree.TreeBackup] and [dev.wings.backup.tree.KeptTree]. Everything blocks on
/// the disk and spreads over several threads of its own.
@NullMarked
package dev.wings.backup.tree;

import org.jspecify.annotations.NullMarked;
