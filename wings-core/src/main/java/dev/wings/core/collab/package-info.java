/// Editing of one file by several people at the same time (`websocket.md` 1.10). Start at
/// [dev.wings.core.collab.CollabSessions], one for each server. Everything may wait for files and
/// belongs on virtual threads.
@NullMarked
package dev.wings.core.collab;

import org.jspecify.annotations.NullMarked;
