package dev.wings.sftp.files;

import java.nio.file.Path;

/// Something that a user did to files (`sftp.md` 13). Paths are absolute paths of the tree.
public sealed interface FileEvent {
  /// A file was opened with the wish to create or cut it, or made by a copy or a link.
  record Created(Path file) implements FileEvent {}

  /// A file was opened for writing as it is.
  record Written(Path file) implements FileEvent {}

  /// A file was opened for reading.
  record Read(Path file) implements FileEvent {}

  record DirectoryCreated(Path directory) implements FileEvent {}

  record Renamed(Path from, Path to) implements FileEvent {}

  /// A file, a link, or a directory with everything in it is gone.
  record Deleted(Path entry) implements FileEvent {}
}
