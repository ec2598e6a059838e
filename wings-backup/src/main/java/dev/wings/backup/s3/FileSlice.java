package dev.wings.backup.s3;

import dev.wings.backup.transfer.Pace;
import dev.wings.core.operation.Progress;
import dev.wings.fs.pull.FileBody;
import java.nio.channels.FileChannel;

/// A range of a file that is sent. Each sending reads it anew, from its own beginning (`threats.md`
/// BK-09).
///
/// @param offset of the first byte
/// @param length bytes, above 0
record FileSlice(FileChannel file, long offset, long length) {
  /// Whatever it is (`backups.md` 16.1).
  private static final String CONTENT_TYPE = "application/gzip";

  /// @param pace of the sending
  /// @param progress ends it when it was cancelled; nothing is counted
  FileBody body(Pace pace, Progress progress) {
    return new FileBody(
        file,
        offset,
        length,
        CONTENT_TYPE,
        bytes -> {
          progress.check();
          pace.took(bytes, progress);
        });
  }
}
