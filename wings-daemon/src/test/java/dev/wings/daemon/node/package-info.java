/// System tests: the packaged daemon as a process, a scripted Panel over real HTTP, a real
/// container engine.
///
/// Start with [TestNode], which starts, kills and restarts the daemon, and [TestServer], which
/// makes definitions of the demo game.
@NullMarked
package dev.wings.daemon.node;

import org.jspecify.annotations.NullMarked;
