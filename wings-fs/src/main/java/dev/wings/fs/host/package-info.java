/// The host around the daemon: programs that are run on it, and what is mounted where. Start at
/// [dev.wings.fs.host.Commands]. Everything blocks, for as long as a program runs, and is safe for
/// any thread.
@NullMarked
package dev.wings.fs.host;

import org.jspecify.annotations.NullMarked;
