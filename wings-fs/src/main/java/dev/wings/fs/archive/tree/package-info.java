/// Zip and 7z files as read-only file systems for `java.nio.file.Files` (`filesystem.md` 16). Start
/// at [dev.wings.fs.archive.tree.ArchiveFileSystem]. Contents are decompressed while they are read;
/// an index of fixed size for each entry is all that is kept. Safe for any thread; every call may
/// block in the kernel.
@NullMarked
package dev.wings.fs.archive.tree;

import org.jspecify.annotations.NullMarked;
