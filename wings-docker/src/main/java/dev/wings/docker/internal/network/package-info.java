/// Networks of the daemon and of forced outgoing addresses, and the ports a server publishes
/// (`containers.md` 5).
///
/// Start with [Networks]. Called at boot and before a container is created, on the caller's thread;
/// [PortBindings] and [AddressPool] are pure.
@NullMarked
package dev.wings.docker.internal.network;

import org.jspecify.annotations.NullMarked;
