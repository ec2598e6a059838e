package dev.wings.sftp.subsystem;

import dev.wings.sftp.files.FileTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/// What clients call a path, and where it is in the tree. Client paths are bytes that count from
/// the root of the tree, folded lexically (`filesystem.md` 2.3).
final class ClientPaths {
  /// Longer ones no kernel takes.
  private static final int MAX_BYTES = 4096;

  private final FileTree tree;

  ClientPaths(FileTree tree) {
    this.tree = tree;
  }

  /// The place of a path, hidden or not.
  ///
  /// @throws java.nio.file.InvalidPathException when no entry can have that name
  Path any(byte[] path) throws StatusException {
    if (path.length > MAX_BYTES) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    byte[] names = fold(path);
    return names.length == 0 ? tree.root() : tree.root().resolve(tree.path(names));
  }

  /// The place of a path that is not hidden.
  ///
  /// @throws StatusException with `NO_SUCH_FILE` when it is
  Path visible(byte[] path) throws IOException {
    Path result = any(path);
    if (hidden(result)) {
      throw new StatusException(Status.NO_SUCH_FILE);
    }
    return result;
  }

  boolean hidden(Path path) throws IOException {
    return !isRoot(path) && tree.hidden(path);
  }

  boolean isRoot(Path path) {
    return path.equals(tree.root());
  }

  /// What the client calls a place below the root.
  byte[] client(Path path) {
    byte[] names = isRoot(path) ? new byte[0] : tree.bytes(tree.root().relativize(path));
    byte[] result = new byte[1 + names.length];
    result[0] = '/';
    System.arraycopy(names, 0, result, 1, names.length);
    return result;
  }

  /// Names without `.`, `..` and empty ones, joined by slashes; `..` at the root stays there.
  static byte[] fold(byte[] path) {
    byte[] folded = new byte[path.length];
    int length = 0;
    int end;
    for (int start = 0; start < path.length; start = end + 1) {
      end = start;
      while (end < path.length && path[end] != '/') {
        end++;
      }
      int size = end - start;
      if (size == 2 && path[start] == '.' && path[start + 1] == '.') {
        length = withoutLast(folded, length);
      } else if (size > 0 && !(size == 1 && path[start] == '.')) {
        if (length > 0) {
          folded[length++] = '/';
        }
        System.arraycopy(path, start, folded, length, size);
        length += size;
      }
    }
    return Arrays.copyOf(folded, length);
  }

  private static int withoutLast(byte[] names, int length) {
    int slash = length - 1;
    while (slash > 0 && names[slash] != '/') {
      slash--;
    }
    return Math.max(0, slash);
  }
}
