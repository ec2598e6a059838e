/// Deny lists and ignore lists in gitignore syntax (`filesystem.md` 4). Start at
/// [dev.wings.fs.ignore.PathFilter]. Filters are immutable and may be used by any thread.
@NullMarked
package dev.wings.fs.ignore;

import org.jspecify.annotations.NullMarked;
