/// File access for game servers. Start at [dev.wings.fs.sandbox.Sandbox], a `java.nio.file` file
/// system that cannot be left, and at [dev.wings.fs.volume.Volumes], which keeps one such file
/// system per server. Everything here blocks in the kernel: call it from bounded platform threads
/// when the work can be long, never from an event loop.
@NullMarked
package dev.wings.fs;

import org.jspecify.annotations.NullMarked;
