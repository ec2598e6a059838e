package dev.wings.fs.archive.read;

import java.io.IOException;

/// Told of every byte of an archive that is read.
@FunctionalInterface
interface Meter {
  Meter NONE = _ -> {};

  /// @throws IOException to end the reading
  void in(long bytes) throws IOException;
}
