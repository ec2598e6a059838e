/// Tests of the stand-alone mode.
@NullMarked
package dev.wings.daemon.local;

import org.jspecify.annotations.NullMarked;
