/// What a server's paths lead into: the volume itself, mounts of the host, and read-only trees
/// inside archives and backups (`filesystem.md` 5, 16). Start at [dev.wings.fs.view.FileViews].
/// Everything is safe for any thread and blocks in the kernel.
@NullMarked
package dev.wings.fs.view;

import org.jspecify.annotations.NullMarked;
