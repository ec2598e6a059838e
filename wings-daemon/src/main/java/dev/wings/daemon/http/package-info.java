/// The HTTP/1.1 server on Netty: listener, TLS, strict decoding, routing from one declared table,
/// content negotiation, streaming in both directions and websocket upgrades (`http-api.md` 1 to 3).
///
/// Start with [HttpServer] (what listens), [Route] (what is served) and [HttpConnection] (what
/// happens to one request after the other). Event loops move bytes; every handler that may wait
/// runs on a virtual thread of its own.
@NullMarked
package dev.wings.daemon.http;

import org.jspecify.annotations.NullMarked;
