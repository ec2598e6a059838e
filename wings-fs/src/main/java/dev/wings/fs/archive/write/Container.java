package dev.wings.fs.archive.write;

import java.io.IOException;

/// Lays entries out in an archive format. For the planning thread.
interface Container extends AutoCloseable {
  /// @return whether the format can hold it
  boolean add(Entry entry) throws IOException;

  /// Writes everything that is left.
  void finish() throws IOException;

  /// Ends the threads, at any time.
  @Override
  void close();
}
