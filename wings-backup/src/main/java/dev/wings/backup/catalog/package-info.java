/// What backups exist on this node and what is being done with them, kept on the disk so that it
/// survives the end of the daemon at any instant. Start at [dev.wings.backup.catalog.Catalog].
/// Writing blocks on the disk; reading does not.
@NullMarked
package dev.wings.backup.catalog;

import org.jspecify.annotations.NullMarked;
