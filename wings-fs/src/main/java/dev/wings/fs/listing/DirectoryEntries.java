package dev.wings.fs.listing;

import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.listing.DirectoryEntry.Content;
import dev.wings.fs.listing.MediaTypes.Head;
import dev.wings.fs.view.DirectorySizes.Size;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Describes entries for clients. One for the whole daemon: it remembers what the first bytes of
/// files told, for all servers together and within a fixed bound.
public final class DirectoryEntries {
  private final HeadCache heads = new HeadCache();

  /// The entry at a place, whether or not it is hidden.
  ///
  /// @throws NoSuchFileException when nothing is there
  public DirectoryEntry of(Location location) throws IOException {
    Path path = location.path();
    Path last = path.getFileName();
    String name = last == null ? "" : last.toString();
    FileStatus own = Statuses.of(path, LinkOption.NOFOLLOW_LINKS);
    return own.isSymlink()
        ? link(location.view(), path, name, own)
        : plain(location.view(), () -> path, name, own, () -> head(path));
  }

  /// The entry at a place if there is one that the acting user may see.
  public Optional<DirectoryEntry> find(Location location) throws IOException {
    try {
      return location.hiddenFromReading() ? Optional.empty() : Optional.of(of(location));
    } catch (NoSuchFileException | NotDirectoryException absent) {
      return Optional.empty();
    }
  }

  /// Begins to list a directory; what makes up the page is known when this returns.
  ///
  /// @param directory whose [Location#hiddenFromReading] the caller has asked
  /// @param offset entries before the page
  /// @param limit entries of the page, [Long#MAX_VALUE] for all
  /// @param mounted trees that begin in this directory, by their names
  /// @param cancelled asked now and then; `true` ends the listing with a
  ///   [dev.wings.fs.tree.WalkCancelledException]
  /// @throws NotDirectoryException when it is none
  /// @throws NoSuchFileException when it does not exist
  public Listing list(
      Location directory,
      ListingSort sort,
      long offset,
      long limit,
      Map<String, Location> mounted,
      BooleanSupplier cancelled)
      throws IOException {
    return new Listing(this, directory, sort, offset, limit, mounted, cancelled);
  }

  /// An entry of an open directory.
  DirectoryEntry describe(FileView view, DirectorySource source, byte[] bytes, String name)
      throws IOException {
    FileStatus own = source.status(bytes);
    return own.isSymlink()
        ? link(view, source.path(bytes), name, own)
        : plain(view, () -> source.path(bytes), name, own, () -> source.head(bytes, own));
  }

  /// What a client is shown as the size of an entry of an open directory.
  Size size(FileView view, DirectorySource source, byte[] name, FileStatus own) {
    if (!own.isSymlink()) {
      return size(view, () -> source.path(name), own);
    }
    DirectoryEntry link = link(view, source.path(name), "", own);
    return new Size(link.size(), link.sizePhysical());
  }

  /// Reads the first bytes of a file.
  @FunctionalInterface
  interface HeadReader {
    Head read() throws IOException;
  }

  /// @param own of the entry itself, which is not a link
  DirectoryEntry plain(
      FileView view, Supplier<Path> path, String name, FileStatus own, HeadReader head) {
    Size size = size(view, path, own);
    return entry(view, name, own, own, size, content(name, own, head));
  }

  /// A link shows what it leads to, with its own mode and times.
  private DirectoryEntry link(FileView view, Path path, String name, FileStatus own) {
    Path real;
    FileStatus target;
    try {
      real = path.toRealPath();
      target = Statuses.of(real, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException broken) { // leads nowhere, out of the tree, or in a circle
      Size size = new Size(own.size(), own.allocatedBytes());
      return entry(view, name, own, null, size, Content.BROKEN_LINK);
    }
    Path last = real.getFileName();
    String targetName = last == null ? "" : last.toString();
    Content content = content(targetName, target, () -> head(real));
    return entry(view, name, own, target, size(view, () -> real, target), content);
  }

  private static DirectoryEntry entry(
      FileView view,
      String name,
      FileStatus own,
      @Nullable FileStatus target,
      Size size,
      Content content) {
    return new DirectoryEntry(
        name,
        own.type(),
        own.permissions() & 0777,
        size.logical(),
        size.physical(),
        content,
        target != null && target.isDirectory(),
        target != null && target.isRegular(),
        !view.primary(),
        own.created(),
        own.modified());
  }

  private static Size size(FileView view, Supplier<Path> path, FileStatus target) {
    return target.isDirectory()
        ? view.sizes().of(path.get())
        : new Size(target.size(), target.allocatedBytes());
  }

  private Content content(String name, FileStatus target, HeadReader reader) {
    if (target.isDirectory()) {
      return Content.DIRECTORY;
    }
    if (!target.isRegular()) {
      return Content.UNKNOWN;
    }
    if (target.size() == 0) {
      return Content.EMPTY;
    }
    boolean known = Statuses.hasIdentity(target);
    Head head = known ? heads.find(target) : null;
    if (head == null) {
      try {
        head = reader.read();
      } catch (IOException unreadable) { // replaced meanwhile, or a defect of the disk
        return MediaTypes.byName(name)
            .map(mime -> new Content(mime, false, false))
            .orElse(Content.UNKNOWN);
      }
      if (known) {
        heads.remember(target, head);
      }
    }
    return MediaTypes.content(name, head);
  }

  /// Nothing but a regular file is opened, and nothing waits (`filesystem.md` 2.5).
  static Head head(Path file) throws IOException {
    byte[] bytes = new byte[MediaTypes.HEAD_BYTES];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          break;
        }
      }
    }
    return Head.of(bytes, buffer.position());
  }
}
