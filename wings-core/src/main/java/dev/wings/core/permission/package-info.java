/// Permissions of users, and who holds which on a server at this moment. Start reading at
/// [dev.wings.core.permission.LivePermissions]; the rules are in `websocket.md` 1.4, 1.6 and 1.11.
/// Everything here is safe for use by many threads and never blocks.
@NullMarked
package dev.wings.core.permission;

import org.jspecify.annotations.NullMarked;
