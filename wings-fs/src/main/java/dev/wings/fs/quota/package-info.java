/// How much the volumes use: the account that every write of the daemon asks, the tree of directory
/// sizes, the scans that measure both, and the watching of the file system that makes them cheap
/// (`filesystem.md` 6 to 8). Start at [dev.wings.fs.quota.UsageTree] for sizes and at `VolumeUsage`
/// for how it is kept. Asking is safe for any thread and never blocks; scans block in the kernel
/// and run on the scan threads of the daemon.
@NullMarked
package dev.wings.fs.quota;

import org.jspecify.annotations.NullMarked;
