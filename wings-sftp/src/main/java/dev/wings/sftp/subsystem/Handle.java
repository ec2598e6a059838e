package dev.wings.sftp.subsystem;

import java.io.IOException;
import java.nio.file.Path;

/// Something that a client has open. Used by one thread at a time.
sealed interface Handle permits OpenFile, OpenDirectory {
  /// What it was opened by, which FSTAT and FSETSTAT go to (`sftp.md` 10).
  Path path();

  void close() throws IOException;
}
