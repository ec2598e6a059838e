/// Writes archives of server files: tar in all compressions, zip and 7z. Start at
/// [dev.wings.fs.archive.write.ArchiveWriter]; [dev.wings.fs.archive.write.Pipeline] says how the
/// work is spread over threads. A call blocks in the kernel and belongs on a platform thread; it
/// has worker threads of its own, which end with it.
@NullMarked
package dev.wings.fs.archive.write;

import org.jspecify.annotations.NullMarked;
