/// Logging of the daemon: standard error and files, one event per line (`configuration.md` 17).
@NullMarked
package dev.wings.daemon.log;

import org.jspecify.annotations.NullMarked;
