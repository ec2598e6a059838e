/// What the node's own machine is doing: processor, memory, network, disk and addresses, read from
/// `/proc` without any native code.
///
/// Start with [SystemProbe]. Sampling runs on one virtual thread, and only while someone asks.
@NullMarked
package dev.wings.daemon.system;

import org.jspecify.annotations.NullMarked;
