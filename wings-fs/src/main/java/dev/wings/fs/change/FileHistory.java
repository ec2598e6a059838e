package dev.wings.fs.change;

import java.util.UUID;

/// Told what happens to files whose earlier contents may be on record (`filesystem.md` 21). Only
/// about the volume itself; paths are relative to its root. Called after the change, by the thread
/// that made it; a failure must not escape.
public interface FileHistory {
  /// A file or a directory with everything in it has another name.
  void renamed(UUID server, String from, String to);

  /// A file or a directory with everything in it is gone.
  void deleted(UUID server, String path);
}
