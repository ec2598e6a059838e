package dev.wings.fs.limiter;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/// Where the files of one server are on the host.
///
/// @param path absolute, in a directory that only the operator can change, so that what the name
///   leads to is not up to the server
public record ServerDirectory(UUID server, Path path) {
  public ServerDirectory {
    if (!path.isAbsolute()) {
      throw new IllegalArgumentException("path: " + path + " (expected: an absolute one)");
    }
  }

  byte[] name() {
    return server.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /// The path as an argument of a program.
  String argument() {
    return path.toString();
  }
}
