/// Logging of the daemon: standard error and files, one event per line (`configuration.md` 17).
///
/// Start with [Logging]. An event passes the budget of its source on the thread that logs it
/// ([LogGate]); one thread behind a bounded queue encodes and writes it ([LineAppender]).
@NullMarked
package dev.wings.daemon.log;

import org.jspecify.annotations.NullMarked;
