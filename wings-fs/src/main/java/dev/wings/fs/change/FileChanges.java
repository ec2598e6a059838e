package dev.wings.fs.change;

import static java.util.Objects.requireNonNull;

import dev.wings.core.WingsException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.WorkCrew;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Renames, removes and makes entries of a server (`filesystem.md` 12.4 to 12.10). Hidden entries
/// look as if they did not exist, the root of a tree is never changed, and nothing follows a link
/// at the end of a path.
public final class FileChanges {
  private static final Logger log = LoggerFactory.getLogger(FileChanges.class);

  private final UUID server;
  private final Optional<FileHistory> history;
  private final Progress progress;

  /// @param history told about what happens on the volume
  /// @param progress counts the entries dealt with
  public FileChanges(UUID server, Optional<FileHistory> history, Progress progress) {
    this.server = requireNonNull(server, "server");
    this.history = requireNonNull(history, "history");
    this.progress = requireNonNull(progress, "progress");
  }

  /// What became of an entry.
  public enum Outcome {
    DONE,
    /// There is nothing to do: the entry is missing, hidden or the root.
    SKIPPED,
    FAILED
  }

  /// Gives an entry another name. What has the new name already stays: then nothing happens, as for
  /// everything else that stands in the way. A directory is not moved to where hidden entries in it
  /// would be visible.
  ///
  /// @param createDirectories whether missing directories above the new name are made
  public Outcome rename(Location from, Location to, boolean createDirectories) {
    if (from.root()
        || to.root()
        || from.path().equals(to.path())
        || !from.path().getFileSystem().equals(to.path().getFileSystem())
        || !to.view().writable()) {
      return Outcome.SKIPPED;
    }
    String source;
    String target;
    try {
      if (from.hidden() || Sandboxed.entry(from).isEmpty() || taken(from, to)) {
        return Outcome.SKIPPED;
      }
      if (createDirectories) {
        Sandboxed.createParents(to);
      }
      source = key(from);
      target = key(to);
      Files.move(from.path(), to.path());
    } catch (IOException failure) {
      log.atDebug().addKeyValue("server", server).setCause(failure).log("entry was not renamed");
      return Outcome.FAILED;
    }
    if (from.view().primary()) {
      history.ifPresent(files -> files.renamed(server, source, target));
    }
    progress.addFile();
    return Outcome.DONE;
  }

  /// The name of an entry in the history: links that lead to it are resolved, but not one that it
  /// is itself.
  private static String key(Location place) throws IOException {
    Path name = place.path().getFileName();
    Path parent = place.path().getParent();
    return name == null || parent == null
        ? place.relative()
        : new Location(place.view(), parent.toRealPath().resolve(name)).relative();
  }

  private boolean taken(Location from, Location to) throws IOException {
    boolean directory = Files.isDirectory(from.path(), LinkOption.NOFOLLOW_LINKS);
    return (directory ? to.hiddenAsDirectory() : to.hidden())
        || Sandboxed.entry(to).isPresent()
        || (directory && HiddenBelow.revealedAt(from, to, progress));
  }

  /// Whether an entry may get another name as far as hidden entries are concerned: it is not hidden
  /// itself, would not be there, and a directory does not go where hidden entries in it would be
  /// visible.
  public boolean mayMove(Location from, Location to) throws IOException {
    boolean directory = Files.isDirectory(from.path(), LinkOption.NOFOLLOW_LINKS);
    return !from.hidden()
        && !(directory ? to.hiddenAsDirectory() : to.hidden())
        && !(directory && HiddenBelow.revealedAt(from, to, progress));
  }

  /// Removes an entry, a directory with everything in it. Hidden entries inside stay, and so do the
  /// directories that lead to them; that counts as a failure.
  ///
  /// @param threads at most so many remove at a time; 0 is one per core
  public Outcome delete(Location place, int threads) {
    try {
      if (place.root() || place.hidden() || Sandboxed.entry(place).isEmpty()) {
        return Outcome.SKIPPED;
      }
    } catch (IOException unreachable) { // such as a name that is too long
      log.atDebug().addKeyValue("server", server).setCause(unreachable).log("no such entry");
      return Outcome.SKIPPED;
    }
    try {
      Sandboxed.requireWritable(place);
      boolean directory = Files.isDirectory(place.path(), LinkOption.NOFOLLOW_LINKS);
      if (directory && HiddenBelow.any(place, progress)) {
        deleteVisible(place, WorkCrew.threads(threads));
        return Outcome.FAILED;
      }
      deleteWhole(place, WorkCrew.threads(threads));
      return Outcome.DONE;
    } catch (IOException | WingsException failure) {
      log.atDebug().addKeyValue("server", server).setCause(failure).log("entry was not deleted");
      return Outcome.FAILED;
    }
  }

  private void deleteWhole(Location place, int threads) throws IOException {
    Sandbox sandbox = Sandboxed.of(place);
    String key;
    try {
      key = key(place);
      sandbox.deleteTree(
          place.path(),
          threads,
          () -> {
            progress.addFile();
            return false;
          });
    } catch (NoSuchFileException gone) {
      log.atTrace().setCause(gone).log("somebody else was faster");
      key = place.relative();
    }
    if (place.view().primary()) {
      String deleted = key;
      history.ifPresent(files -> files.deleted(server, deleted));
    }
  }

  private void deleteVisible(Location directory, int threads) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.path())) {
      for (Path path : entries) {
        Location entry = new Location(directory.view(), path);
        boolean isDirectory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
        if (isDirectory && HiddenBelow.any(entry, progress)) {
          if (!entry.pruned()) {
            deleteVisible(entry, threads);
          }
        } else if (!entry.hidden()) {
          deleteWhole(entry, threads);
        }
      }
    }
  }

  /// Makes a directory and everything above it that is missing.
  ///
  /// @throws IOException when something else is in the way
  public void createDirectory(Location directory) throws IOException {
    Sandboxed.requireWritable(directory);
    if (directory.root()) {
      return;
    }
    Sandboxed.createParents(directory);
    Sandboxed.createDirectory(directory);
    progress.addFile();
  }

  /// Makes a link whose contents are the shortest relative path to an entry.
  ///
  /// @param target what it leads to; exists, in the same tree
  /// @throws FileAlreadyExistsException when there is something already
  public void createSymbolicLink(Location link, Location target) throws IOException {
    Sandboxed.requireWritable(link);
    Path name = link.path().getFileName();
    Location parent = link.parent().orElse(null);
    if (name == null || parent == null || Sandboxed.entry(link).isPresent()) {
      throw new FileAlreadyExistsException(link.path().toString());
    }
    // links above the new one do not count: `..` leads up from where it really is
    Path directory = parent.path().toRealPath();
    Path contents = directory.relativize(target.path());
    Path shortest =
        contents.toString().isEmpty() ? directory.getFileSystem().getPath(".") : contents;
    Files.createSymbolicLink(directory.resolve(name), shortest);
    progress.addFile();
  }
}
