package dev.wings.fs.listing;

import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.listing.MediaTypes.Head;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// An open directory: its names in the order of the file system, and what can be learned about each
/// of them. For one thread at a time.
interface DirectorySource extends AutoCloseable {
  /// The place of the directory with all links resolved.
  Path real();

  /// Goes to the next name.
  ///
  /// @return null at the end
  @Nullable Named next() throws IOException;

  /// @param type of the entry itself
  @SuppressWarnings("ArrayRecordComponent") // a value of one listing, never compared
  record Named(byte[] name, EntryType type) {}

  /// The entry itself, not what it links to.
  ///
  /// @throws IOException when it has gone meanwhile
  FileStatus status(byte[] name) throws IOException;

  /// First bytes of a regular file.
  ///
  /// @throws IOException when it is not the file that `status` told of any more
  Head head(byte[] name, FileStatus status) throws IOException;

  /// Path of an entry.
  Path path(byte[] name);

  @Override
  void close() throws IOException;

  /// Opens a directory of any file system.
  static DirectorySource open(Path directory) throws IOException {
    return directory.getFileSystem() instanceof dev.wings.fs.sandbox.Sandbox sandbox
        ? new DescriptorSource(sandbox, directory)
        : new StreamSource(directory);
  }
}
