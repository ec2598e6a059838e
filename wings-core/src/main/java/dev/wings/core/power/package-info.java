/// The power state machine of a server: what was asked and what happened goes in, what is to be
/// done comes out. Start reading at [PowerMachine]; the owner that feeds it lives in `core.server`.
///
/// Everything here is pure and runs on whatever thread calls it.
@NullMarked
package dev.wings.core.power;

import org.jspecify.annotations.NullMarked;
