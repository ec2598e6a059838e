/// Backups in the Panel's S3 storage (`backups.md` 16). Start at [dev.wings.backup.s3.S3Backups].
/// The node has no credentials: everything goes through URLs that the Panel signs, and those are
/// never logged. The archive is made on the thread that asks for it, parts are sent by threads of
/// their own, which end with each call.
@NullMarked
package dev.wings.backup.s3;

import org.jspecify.annotations.NullMarked;
