/// Reads archives and compressed files that anybody may have made (`filesystem.md` 15): what a file
/// is, its decompressed stream, and its extraction into a tree. Start at
/// [dev.wings.fs.archive.read.ArchiveType], [dev.wings.fs.archive.read.Decompressor] and
/// [dev.wings.fs.archive.read.Extraction].
///
/// Nothing in an archive is believed: formats come from a fixed table, names are resolved by the
/// sandbox, sizes count as they are written, and memory and time are bounded
/// ([dev.wings.fs.archive.read.ExtractionLimits]). Streams belong to one thread; an extraction runs
/// on the thread that calls it and on platform threads of its own, which end with it.
@NullMarked
package dev.wings.fs.archive.read;

import org.jspecify.annotations.NullMarked;
