/// What a server tells the outside, and the bus it is told on.
@NullMarked
package dev.wings.core.event;

import org.jspecify.annotations.NullMarked;
