/// Finds files by name, size and content (`filesystem.md` 17). Start at
/// [dev.wings.fs.search.FileSearch]. A search runs on the thread that asks for it and on as many
/// more as it is allowed; nothing of a file's size is held in memory.
@NullMarked
package dev.wings.fs.search;

import org.jspecify.annotations.NullMarked;
