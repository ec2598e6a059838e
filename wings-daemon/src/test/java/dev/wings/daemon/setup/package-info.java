/// Tests of what a start needs of the host.
@NullMarked
package dev.wings.daemon.setup;

import org.jspecify.annotations.NullMarked;
