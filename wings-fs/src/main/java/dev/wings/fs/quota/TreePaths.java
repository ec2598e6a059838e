package dev.wings.fs.quota;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Paths of a volume as the kernel's bytes: names joined by slashes, empty for the root.
final class TreePaths {
  private TreePaths() {}

  /// The names of a path. Empty ones and `.` do not count.
  static List<byte[]> names(byte[] path) {
    List<byte[]> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= path.length; i++) {
      if (i == path.length || path[i] == '/') {
        boolean dot = i - start == 1 && path[start] == '.';
        if (i > start && !dot) {
          names.add(Arrays.copyOfRange(path, start, i));
        }
        start = i + 1;
      }
    }
    return names;
  }

  /// What is above a path; the root is above itself.
  static byte[] parent(byte[] path) {
    int end = path.length;
    while (end > 0 && path[end - 1] != '/') {
      end--;
    }
    return Arrays.copyOf(path, Math.max(0, end - 1));
  }
}
