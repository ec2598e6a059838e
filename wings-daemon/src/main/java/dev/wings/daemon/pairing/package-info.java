/// First-run pairing (`configuration.md` 15): a node without a configuration waits, protected by a
/// code on the operator's terminal, for the Panel that will own it. Start with [Pairing].
///
/// Nothing here runs once there is a configuration.
@NullMarked
package dev.wings.daemon.pairing;

import org.jspecify.annotations.NullMarked;
