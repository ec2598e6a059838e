package dev.wings.fs;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Descriptors of this process that point below a directory. Counting only those keeps out what the
/// JVM opens on its own.
public final class OpenDescriptors {
  private OpenDescriptors() {}

  /// Number of all descriptors, those of the JVM included.
  public static int count() throws IOException {
    int count = -1; // the listing's own
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path _ : descriptors) {
        count++;
      }
    }
    return count;
  }

  /// Host paths of all open descriptors below `directory`, itself included.
  public static List<String> below(Path directory) throws IOException {
    List<String> result = new ArrayList<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith(directory.toString())) {
            result.add(target);
          }
        } catch (NoSuchFileException closed) {
          // the listing's own, or one that another thread closed since: not a leak
        }
      }
    }
    return result;
  }
}
