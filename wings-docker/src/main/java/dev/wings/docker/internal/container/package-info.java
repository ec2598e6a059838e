/// Containers: the create request, and the life of one container from create to exit.
///
/// Start with [CreateRequest] (a pure function from a request to the engine's JSON) and
/// [LiveContainer] (the handle: attach, stdin, exit, statistics, limits). Each live container has
/// virtual threads of its own for reading, writing, waiting, watching and measuring.
@NullMarked
package dev.wings.docker.internal.container;

import org.jspecify.annotations.NullMarked;
