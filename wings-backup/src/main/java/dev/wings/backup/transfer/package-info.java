/// What moves the bytes of backups: how fast they may go, and what their checksum is. Start at
/// [dev.wings.backup.transfer.Pace] and [dev.wings.backup.transfer.HashedFile]. Everything blocks,
/// on the threads of whoever reads or writes.
@NullMarked
package dev.wings.backup.transfer;

import org.jspecify.annotations.NullMarked;
