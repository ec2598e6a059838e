package dev.wings.sftp.subsystem;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

/// A directory that is being listed. Holds what its stream holds, however many entries there are.
final class OpenDirectory implements Handle {
  private final Path path;
  private final DirectoryStream<Path> stream;
  private final Iterator<Path> entries;
  private long delivered;

  private OpenDirectory(Path path, DirectoryStream<Path> stream) {
    this.path = path;
    this.stream = stream;
    this.entries = stream.iterator();
  }

  @SuppressWarnings("StreamResourceLeak") // closed with the handle
  static OpenDirectory open(Path path) throws IOException {
    return new OpenDirectory(path, Files.newDirectoryStream(path));
  }

  @Override
  public Path path() {
    return path;
  }

  /// What was not yet handed out, in the order of the file system. Throws
  /// `DirectoryIteratorException`.
  Iterator<Path> entries() {
    return entries;
  }

  /// How many entries the client has had.
  long delivered() {
    return delivered;
  }

  void countDelivered(int more) {
    delivered += more;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
