/// What the daemon and the Panel say about backups: names, results and the port for the calls that
/// are about them. How backups are kept is the business of `wings-backup`. Immutable values.
@NullMarked
package dev.wings.core.backup;

import org.jspecify.annotations.NullMarked;
