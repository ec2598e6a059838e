/// The power state machine of a server and its single owner.
@NullMarked
package dev.wings.core.power;

import org.jspecify.annotations.NullMarked;
