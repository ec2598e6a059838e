/// Limits that hold for the game itself and not only for the daemon's own writes: subvolumes,
/// datasets and project quotas, chosen by `system.disk_limiter_mode` (`filesystem.md` 9). Start at
/// [dev.wings.fs.limiter.DiskLimiter] and [dev.wings.fs.limiter.DiskLimiters]. Everything here
/// blocks in the kernel or waits for external programs and is safe for any thread.
@NullMarked
package dev.wings.fs.limiter;

import org.jspecify.annotations.NullMarked;
