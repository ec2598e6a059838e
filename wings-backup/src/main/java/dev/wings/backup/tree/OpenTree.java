package dev.wings.backup.tree;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.archive.write.ArchiveSource;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/// The files of a backup, open for reading. No link in them leads out.
///
/// @param root the directory, in a sandbox
/// @param hidden what is in the directory but not in the backup
/// @param end called once the sandbox is closed
public record OpenTree(Path root, PathFilter hidden, Closeable end) implements Closeable {
  public OpenTree {
    requireNonNull(root, "root");
    requireNonNull(hidden, "hidden");
    requireNonNull(end, "end");
  }

  /// All files of a sandbox, which is closed with this.
  public static OpenTree of(Sandbox sandbox, PathFilter hidden, Closeable end) {
    return new OpenTree(sandbox.getPath("/"), hidden, end);
  }

  Sandbox sandbox() {
    return (Sandbox) root.getFileSystem();
  }

  /// What an archive of the backup holds.
  ArchiveSource source() {
    return ArchiveSource.of(root).hiding(hidden, root);
  }

  @Override
  public void close() throws IOException {
    sandbox().close();
    end.close();
  }
}
