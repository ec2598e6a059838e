/// What users do to whole files and directories: rename, delete, copy, chmod, links
/// (`filesystem.md` 12.4 to 12.10, 23). Start at [dev.wings.fs.change.FileChanges] and
/// [dev.wings.fs.change.FileCopy]. Everything blocks in the kernel and belongs on the threads of
/// [dev.wings.core.volume.FileWork].
@NullMarked
package dev.wings.fs.change;

import org.jspecify.annotations.NullMarked;
