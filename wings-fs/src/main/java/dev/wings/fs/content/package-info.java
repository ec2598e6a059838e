/// What is inside a file as users see it: compressed ones are decompressed on the way
/// (`filesystem.md` 12.1, 12.2). Start at [dev.wings.fs.content.FileContent]. Everything blocks in
/// the kernel and belongs on a platform thread.
@NullMarked
package dev.wings.fs.content;

import org.jspecify.annotations.NullMarked;
