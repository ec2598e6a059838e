/// The servers of a node. [ServerRegistry] is the entry: it boots, creates and deletes servers;
/// [Server] is what everybody else sees of one. Start reading at `ManagedServer`.
///
/// Each server has one owner: a mailbox that runs on a virtual thread while there is something to
/// do. Long work runs on named virtual threads and reports back to it, work that blocks on files on
/// bounded platform pools, and one platform thread keeps the timers of all servers.
@NullMarked
package dev.wings.core.server;

import org.jspecify.annotations.NullMarked;
