/// A `java.nio.file` file system on one directory that no path, link or race leads out of
/// (`filesystem.md` 2). Start at [dev.wings.fs.sandbox.Sandbox]; everything else is reached through
/// `java.nio.file.Files` and the paths it makes. All classes are safe for any number of threads;
/// every operation may block in the kernel.
@NullMarked
package dev.wings.fs.sandbox;

import org.jspecify.annotations.NullMarked;
