/// The routes of `http-api.md` 6, 7 and 12, grouped as there: each class declares its routes and
/// turns requests into calls of the core's ports. No domain logic lives here.
///
/// Start with [ApiRoutes], which collects all of them. Handlers run on a virtual thread per request
/// unless their route is declared inline.
@NullMarked
package dev.wings.daemon.api;

import org.jspecify.annotations.NullMarked;
