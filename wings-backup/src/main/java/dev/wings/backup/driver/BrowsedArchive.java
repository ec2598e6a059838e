package dev.wings.backup.driver;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.driver.StoredBackup.Browsing;
import dev.wings.fs.archive.tree.ArchiveAttributes;
import dev.wings.fs.archive.tree.ArchiveFileSystem;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A backup that is looked into as the tree of an archive, for the kinds that know what is in a
/// backup without unpacking it. Directories have the sizes of what is below them (`backups.md` 12).
public final class BrowsedArchive implements Browsing {
  private final ArchiveFileSystem tree;
  private final FileView view;

  /// @param tree closed with this
  public BrowsedArchive(ArchiveFileSystem tree) {
    this.tree = requireNonNull(tree, "tree");
    this.view =
        new FileView(
            tree.root(),
            /* primary= */ false,
            /* writable= */ false,
            /* fast= */ false,
            PathFilter.NONE,
            BrowsedArchive::sizeOf);
  }

  private static DirectorySizes.Size sizeOf(Path directory) {
    try {
      long size = Files.readAttributes(directory, ArchiveAttributes.class).size();
      return new DirectorySizes.Size(size, size);
    } catch (IOException closed) {
      return DirectorySizes.Size.UNKNOWN;
    }
  }

  @Override
  public FileView view() {
    return view;
  }

  @Override
  public void close() throws IOException {
    tree.close();
  }
}
