/// Tests of first-run pairing.
@NullMarked
package dev.wings.daemon.pairing;

import org.jspecify.annotations.NullMarked;
