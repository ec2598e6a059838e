package dev.wings.fs.sandbox;

import java.io.IOException;
import java.nio.file.Path;

/// Decides about a file after it was opened and before anything is read, truncated or changed, so
/// that a path swapped meanwhile cannot get around the rule (`filesystem.md` 2.6, 4.3).
@FunctionalInterface
public interface AccessGuard {
  /// Allows everything.
  AccessGuard NONE = (_, _) -> {};

  /// What the file was opened for.
  enum Access {
    READ,
    WRITE
  }

  /// @param resolved absolute path of the open file in the sandbox, all links resolved
  /// @throws java.nio.file.NoSuchFileException for a file that must look as if it did not exist
  void check(Path resolved, Access access) throws IOException;
}
