/// Backups that share what is equal in them: the ddup-bak repository (`backups.md` 17 and A), read
/// and written. Start at [dev.wings.backup.ddup.DdupBackups], and at the repository's own comment
/// for what a crash may leave. Everything blocks on the disk; files are stored and restored by
/// threads that exist as long as that takes.
@NullMarked
package dev.wings.backup.ddup;

import org.jspecify.annotations.NullMarked;
