/// Tokens signed by the Panel: verification, use counting, revocation. Start reading at
/// [dev.wings.core.token.TokenVerifier]; the rules are in `http-api.md` 3.3 and 3.4 and in
/// `websocket.md` 1.4 and 2. Everything here is safe for use by many threads and never blocks.
@NullMarked
package dev.wings.core.token;

import org.jspecify.annotations.NullMarked;
