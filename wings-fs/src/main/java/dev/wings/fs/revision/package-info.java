/// Earlier contents of edited files (`filesystem.md` 21), in one SQLite database for each server
/// beside the volumes. Start at [dev.wings.fs.revision.Revisions]. Everything here blocks on the
/// disk: call it on threads for files; a thread of its own packs and tidies in the background.
@NullMarked
package dev.wings.fs.revision;

import org.jspecify.annotations.NullMarked;
