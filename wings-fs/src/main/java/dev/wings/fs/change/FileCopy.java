package dev.wings.fs.change;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.Progress;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies files and whole directories, from any tree that can be read into any that can be written
/// (`filesystem.md` 12.6, 12.7, 23). Modes are kept, times are not; what is made belongs to the
/// owner that the target gives to everything. Bytes are charged while they are written, and what
/// was written stays when a copy fails or is aborted.
///
/// A link is followed only when it is what was named; links inside a directory are made again if
/// they are relative and stay inside the target's tree. Hidden entries, of either side, are left
/// out, as are devices, FIFOs and sockets.
public final class FileCopy {
  private static final Logger log = LoggerFactory.getLogger(FileCopy.class);
  private static final int AUTOMATIC_NAMES = 50;

  private final int threads;
  private final Progress progress;

  /// @param threads at most so many files at a time; 0 is one per core
  /// @param progress counts bytes and entries, and ends the copy
  public FileCopy(int threads, Progress progress) {
    this.threads = threads;
    this.progress = requireNonNull(progress, "progress");
  }

  /// A source and its target.
  public record Pair(Location from, Location to) {
    public Pair {
      requireNonNull(from, "from");
      requireNonNull(to, "to");
    }

    /// Whether there is nothing to copy: one side is the root or hidden, both are the same, or the
    /// source does not exist.
    public boolean pointless() throws IOException {
      return from.root()
          || to.root()
          || from.path().equals(to.path())
          || from.hiddenFromReading()
          || !Files.exists(from.path())
          || (Files.isDirectory(from.path()) ? to.hiddenAsDirectory() : to.hidden());
    }
  }

  /// Copies one file or directory. Missing directories above the target are made.
  ///
  /// @param overwrite whether existing files are overwritten in place and existing directories
  ///   filled; else an existing target is an error
  /// @throws NoSuchFileException when the source does not exist
  /// @throws DiskLimitException when the disk limit of the target is reached
  /// @throws dev.wings.core.operation.OperationAbortedException when the progress was cancelled
  public void copy(Location source, Location target, boolean overwrite) throws IOException {
    Sandboxed.requireWritable(target);
    BasicFileAttributes attributes = Files.readAttributes(source.path(), BasicFileAttributes.class);
    if (attributes.isRegularFile()) {
      if (!overwrite && Sandboxed.entry(target).isPresent()) {
        throw new FileAlreadyExistsException(target.path().toString());
      }
      Sandboxed.createParents(target);
      new FileWriter(progress, overwrite).copy(source.path(), attributes, target.path());
    } else if (attributes.isDirectory()) {
      copyDirectory(source, target, overwrite);
    } else {
      throw new FileSystemException(source.path().toString(), null, "is not a regular file");
    }
  }

  private void copyDirectory(Location source, Location target, boolean overwrite)
      throws IOException {
    if (!overwrite && Sandboxed.entry(target).isPresent()) {
      throw new FileAlreadyExistsException(target.path().toString());
    }
    if (contains(source, target)) {
      throw new FileSystemException(
          source.path().toString(), null, "a directory cannot be copied into itself");
    }
    Sandboxed.createParents(target);
    try (TreeCopy copy =
        new TreeCopy(source, target, new FileWriter(progress, overwrite), threads, progress)) {
      if (source.path().getFileSystem() instanceof Sandbox sandbox) {
        copy.fromSandbox(sandbox);
      } else {
        copy.fromPath();
      }
    }
  }

  /// Judged by where both really are; of the target only what exists can be asked.
  private static boolean contains(Location source, Location target) throws IOException {
    if (!source.path().getFileSystem().equals(target.path().getFileSystem())) {
      return false;
    }
    Path real = source.path().toRealPath();
    Optional<Location> existing = Optional.of(target);
    while (existing.isPresent() && !Files.exists(existing.get().path())) {
      existing = existing.get().parent();
    }
    return target.path().startsWith(source.path())
        || (existing.isPresent() && existing.get().path().toRealPath().startsWith(real));
  }

  /// Copies several; one that fails does not keep the others from being copied, except when the
  /// disk limit is reached.
  ///
  /// @return number of pairs that were copied
  /// @throws IOException the first failure, when not a single pair could be copied
  public long copyAll(List<Pair> pairs, boolean overwrite) throws IOException {
    long copied = 0;
    IOException first = null;
    for (Pair pair : pairs) {
      progress.check();
      try {
        if (!pair.pointless() && pair.to().view().writable()) {
          copy(pair.from(), pair.to(), overwrite);
          copied++;
        }
      } catch (DiskLimitException full) {
        throw full;
      } catch (NoSuchFileException gone) {
        log.atTrace().setCause(gone).log("nothing to copy any more");
      } catch (IOException failure) {
        log.atDebug().setCause(failure).log("entry was not copied");
        first = first == null ? failure : first;
      }
    }
    if (copied == 0 && first != null) {
      throw first;
    }
    return copied;
  }

  /// Bytes that copying will move, 0 when that is not known.
  public static long expectedBytes(Location source) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(source.path(), BasicFileAttributes.class);
    return attributes.isDirectory()
        ? source.view().sizes().of(source.path()).logical()
        : attributes.size();
  }

  /// A free name beside an entry: `a copy.txt`, `a copy 1.txt`, … (`filesystem.md` 12.6).
  ///
  /// @param directory where the copy will be
  /// @param name of the entry
  /// @param now part of the name when all others are taken
  public static Location automaticName(Location directory, String name, Instant now)
      throws IOException {
    int split = extension(name);
    String stem = name.substring(0, split);
    String extension = name.substring(split);
    for (int i = 0; i <= AUTOMATIC_NAMES; i++) {
      String suffix = i == 0 ? " copy" : " copy " + i;
      Location candidate = directory.resolve(stem + suffix + extension);
      if (!Files.exists(candidate.path(), LinkOption.NOFOLLOW_LINKS)) {
        return candidate;
      }
    }
    return directory.resolve(stem + "copy." + now.truncatedTo(ChronoUnit.SECONDS) + extension);
  }

  /// Where the extension begins, its dot included. `.tar.gz` is one; a name that begins with its
  /// only dot has none.
  private static int extension(String name) {
    int dot = name.lastIndexOf('.');
    if (dot <= 0) {
      return name.length();
    }
    boolean archive = name.substring(0, dot).endsWith(".tar") && dot > ".tar".length();
    return archive ? dot - ".tar".length() : dot;
  }
}
