/// Opens a server's files to those who edit them together. Start at
/// [dev.wings.daemon.collab.SharedFiles]. Everything waits for the file system.
@NullMarked
package dev.wings.daemon.collab;

import org.jspecify.annotations.NullMarked;
