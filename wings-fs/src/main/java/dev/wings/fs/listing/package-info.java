/// What a client sees of files: entries with their type, sizes, times and kind of content, and
/// sorted pages of directories (`filesystem.md` 11). Start at
/// [dev.wings.fs.listing.DirectoryEntries]. Everything is safe for any thread and blocks in the
/// kernel, so it belongs on the threads for files.
@NullMarked
package dev.wings.fs.listing;

import org.jspecify.annotations.NullMarked;
