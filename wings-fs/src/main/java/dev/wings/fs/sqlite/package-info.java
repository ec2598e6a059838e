/// Queries on SQLite databases that belong to a server (`filesystem.md` 22). Start at
/// [dev.wings.fs.sqlite.SqliteQueries]: it blocks and belongs on a thread for file work.
///
/// SQLite opens files by their paths, follows what a journal says, and maps files into memory that
/// the server may cut short at any time. So it never opens a server's file in the daemon: each
/// query runs in a process of its own ([dev.wings.fs.sqlite.QueryProcess]), whose root is the
/// volume, which has the rights of the server's user and no others, and which may crash.
@NullMarked
package dev.wings.fs.sqlite;

import org.jspecify.annotations.NullMarked;
