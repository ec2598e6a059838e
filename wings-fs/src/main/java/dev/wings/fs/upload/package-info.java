/// Files on their way in: whole replacements and resumable uploads. Both leave the old content in
/// place until the new one is complete. Start at [dev.wings.fs.upload.Replacement] and
/// [dev.wings.fs.upload.StagedUpload]. Everything blocks in the kernel and belongs on a platform
/// thread.
@NullMarked
package dev.wings.fs.upload;

import org.jspecify.annotations.NullMarked;
