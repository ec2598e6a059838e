package dev.wings.sftp.files;

import java.io.IOException;

/// A file while it is open for writing; lets the tree keep the content from before (`sftp.md` 12).
@FunctionalInterface
public interface Edit {
  /// Nobody keeps anything.
  Edit UNRECORDED = _ -> {};

  /// The handle was closed, by the client or with its connection. Called once.
  ///
  /// @param written whether anything was written through the handle
  void closed(boolean written) throws IOException;
}
