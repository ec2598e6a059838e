package dev.wings.fs.tree;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Where a directory was found: the names from the root of a walk on. A directory that is moved
/// while the walk is inside keeps the path that it was found by. Immutable, and compared by
/// identity: each visit of a directory has its own.
public final class TreePath {
  /// The directory that the walk began with.
  public static final TreePath ROOT = new TreePath(null, new byte[0]);

  private final @Nullable TreePath parent;
  private final byte[] name;

  private TreePath(@Nullable TreePath parent, byte[] name) {
    this.parent = parent;
    this.name = name;
  }

  /// The entry `name` of this directory.
  public TreePath child(byte[] childName) {
    return new TreePath(this, childName);
  }

  /// The names with slashes between them, empty for the root.
  public byte[] bytes() {
    Deque<byte[]> names = new ArrayDeque<>();
    for (TreePath at = this; at.parent != null; at = at.parent) {
      names.push(at.name);
    }
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    while (!names.isEmpty()) {
      joined.writeBytes(names.pop());
      if (!names.isEmpty()) {
        joined.write('/');
      }
    }
    return joined.toByteArray();
  }
}
