/// Tests of backups in S3 storage, with a storage of their own: start at
/// [dev.wings.backup.s3.StorageServer], which checks signatures, parts and checksums as S3 does and
/// fails when it is asked to, and [dev.wings.backup.s3.StoragePanel], which signs.
@NullMarked
package dev.wings.backup.s3;

import org.jspecify.annotations.NullMarked;
