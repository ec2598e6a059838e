package dev.wings.fs.archive.read;

import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The directories that an extraction writes into: makes those that are missing, knows which of
/// them users must not see, and remembers what was made, so that it can be removed again. Of a
/// directory that was made here only the directory is remembered, not what is in it.
final class Directories {
  private static final int MOST_KNOWN = 4096;
  private static final int KEPT_OVERHEAD_BYTES = 64;
  private static final int STAGING_PREFIX_BYTES = Sandbox.STAGING_PREFIX.length();

  private final Path root;
  private final PathFilter filter;
  private final Guard guard;
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<String, Directory> known =
      new LinkedHashMap<>(64, 0.75f, /* accessOrder= */ true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Directory> eldest) {
          return size() > MOST_KNOWN;
        }
      };

  private final Directory top;

  /// Keys of files, links and directories that did not exist, each in a directory that did.
  private final List<String> made = new ArrayList<>();

  /// A directory that exists, or one that must look as if it did not.
  ///
  /// @param hidden nothing may be written into it
  /// @param made by this extraction
  /// @param real relative to the filter's root, links resolved
  record Directory(Path path, boolean hidden, boolean made, String real) {
    /// Relative to the filter's root.
    String child(Path name) {
      return real.isEmpty() ? name.toString() : real + "/" + name;
    }
  }

  /// @param destination an existing directory
  /// @param root what the filter's paths are relative to
  Directories(Path destination, Path root, PathFilter filter, Guard guard) throws IOException {
    this.root = root;
    this.filter = filter;
    this.guard = guard;
    this.top = new Directory(destination, false, false, real(destination));
  }

  private String real(Path path) throws IOException {
    return filter.equals(PathFilter.NONE)
        ? ""
        : root.toAbsolutePath().relativize(path.toRealPath()).toString();
  }

  /// The name in this destination's file system.
  Path name(byte[] bytes) {
    return top.path().getFileSystem() instanceof Sandbox sandbox
        ? sandbox.pathOf(bytes)
        : top.path().getFileSystem().getPath(new String(bytes, StandardCharsets.UTF_8));
  }

  /// Whether the names of files that only the daemon itself may use begin like this.
  private static boolean reserved(byte[] name) {
    return name.length >= STAGING_PREFIX_BYTES
        && new String(name, 0, STAGING_PREFIX_BYTES, StandardCharsets.ISO_8859_1)
            .equals(Sandbox.STAGING_PREFIX);
  }

  /// Finds or makes a directory and all above it.
  Directory of(EntryName name) throws IOException {
    if (name.top()) {
      return top;
    }
    lock.lock();
    try {
      Directory found = known.get(name.key());
      if (found == null) {
        found = enter(of(name.parent()), name);
        known.put(name.key(), found);
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  private Directory enter(Directory parent, EntryName name) throws IOException {
    byte[] last = name.lastName();
    Path path = parent.path().resolve(name(last));
    String relative = filter.equals(PathFilter.NONE) ? "" : parent.child(name(last));
    Directory hidden = new Directory(path, true, false, relative);
    if (parent.hidden() || reserved(last)) {
      return hidden;
    }
    Verdict verdict = filter.judge(relative, true);
    if (verdict == Verdict.SKIP) {
      return hidden;
    }
    if (verdict == Verdict.DESCEND) {
      return Files.isDirectory(path) ? existing(path, relative, name) : hidden;
    }
    try {
      Files.createDirectory(path);
    } catch (FileAlreadyExistsException e) {
      return existing(path, relative, name);
    }
    if (!parent.made()) {
      remember(name);
    }
    return new Directory(path, false, true, relative);
  }

  private Directory existing(Path path, String relative, EntryName name) throws IOException {
    if (!Files.isDirectory(path)) {
      throw new ArchiveException(
          "'%s' is no directory, the archive has one there".formatted(name.display()));
    }
    if (filter.equals(PathFilter.NONE) || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return new Directory(path, false, false, relative);
    }
    String real = real(path);
    return new Directory(path, filter.judge(real, true) == Verdict.SKIP, false, real);
  }

  /// Whether a file or link must not be written.
  boolean hides(Directory parent, byte[] name) {
    return parent.hidden()
        || reserved(name)
        || (!filter.equals(PathFilter.NONE) && filter.hides(parent.child(name(name)), false));
  }

  /// A file or link was made in a directory.
  void made(Directory parent, EntryName name) throws ArchiveLimitException {
    if (!parent.made()) {
      lock.lock();
      try {
        remember(name);
      } finally {
        lock.unlock();
      }
    }
  }

  private void remember(EntryName name) throws ArchiveLimitException {
    made.add(name.key());
    guard.kept(name.key().length() + KEPT_OVERHEAD_BYTES);
  }

  /// Removes everything that was made, newest first. Goes on after a failure.
  ///
  /// @throws IOException the first failure
  void removeMade() throws IOException {
    IOException failure = null;
    for (String key : made.reversed()) {
      Path path = top.path();
      for (String part : key.split("/")) {
        path = path.resolve(name(part.getBytes(StandardCharsets.ISO_8859_1)));
      }
      try {
        Files.walkFileTree(path, new Removal());
      } catch (NoSuchFileException gone) {
        // somebody else removed it
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
    }
    made.clear();
    if (failure != null) {
      throw failure;
    }
  }

  /// Deletes entry by entry, which gives their space back.
  private static final class Removal extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.delete(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
