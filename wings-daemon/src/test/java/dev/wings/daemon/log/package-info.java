/// Tests of the daemon's logging.
@NullMarked
package dev.wings.daemon.log;

import org.jspecify.annotations.NullMarked;
