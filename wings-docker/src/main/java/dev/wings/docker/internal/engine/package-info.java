/// The connection to the container engine: HTTP/1.1 over a Unix socket or plain TCP.
///
/// Start with [EngineClient], which moves bytes, and [EngineCommands], which puts docker-java's
/// commands and models on top of it for everything that is no stream. Every call and every stream
/// has a connection of its own, so a call that hangs holds back nothing but its caller; all of it
/// is blocking code for virtual threads, and one platform thread closes the connections whose
/// deadline passed.
@NullMarked
package dev.wings.docker.internal.engine;

import org.jspecify.annotations.NullMarked;
