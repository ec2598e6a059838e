/// The console websocket (`websocket.md` 1): one [dev.wings.daemon.ws.ConsoleSockets] per daemon,
/// one hub per server that has connections, one handler per connection. Events are encoded once per
/// wire format and shared by all connections. Everything runs on Netty's event loops except what
/// may wait (commands, power actions, logs), which runs on virtual threads.
@NullMarked
package dev.wings.daemon.ws;

import org.jspecify.annotations.NullMarked;
