/// The directories of the servers on the host: one volume per server, named by its UUID, each with
/// its own sandbox, disk account and clean-up. Start at [dev.wings.fs.volume.Volumes]. All methods
/// are safe for any thread and block in the kernel; those over whole trees can take minutes.
@NullMarked
package dev.wings.fs.volume;

import org.jspecify.annotations.NullMarked;
