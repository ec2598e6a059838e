/// Tests of the command line.
@NullMarked
package dev.wings.daemon.cli;

import org.jspecify.annotations.NullMarked;
