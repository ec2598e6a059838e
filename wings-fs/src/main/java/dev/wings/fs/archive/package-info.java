/// What archives are called on the wire and in file names, shared by everything that makes, opens
/// or sends one (`filesystem.md` 14, 15). Start at [dev.wings.fs.archive.ArchiveFormat]. Values
/// only: safe for any thread.
@NullMarked
package dev.wings.fs.archive;

import org.jspecify.annotations.NullMarked;
