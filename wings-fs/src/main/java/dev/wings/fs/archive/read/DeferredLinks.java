package dev.wings.fs.archive.read;

import dev.wings.fs.archive.read.Directories.Directory;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// The links of an archive, made when all its files are there: first the hard ones, then the
/// symbolic ones. So no entry is ever written through a link of the same archive, whatever their
/// order (`threats.md` AR-03).
///
/// A hard link is made only to a regular file below the destination that users may see, and takes
/// the place of an existing file as any file of an archive does. A symbolic link never replaces
/// anything, and is skipped when its contents would lead out.
final class DeferredLinks {
  private static final int KEPT_OVERHEAD_BYTES = 160;

  private final Target target;
  private final Directories directories;
  private final Guard guard;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, EntryName> hard = new LinkedHashMap<>(); // guarded by lock
  private final Map<String, Symbolic> symbolic = new LinkedHashMap<>(); // guarded by lock
  private int made;
  private long skipped;

  @SuppressWarnings("ArrayRecordComponent") // kept and used once, never compared
  private record Symbolic(byte[] contents, Optional<Instant> modified) {}

  /// @param target asked whether links are made exactly as they were, and told when one cannot be
  DeferredLinks(Directories directories, Guard guard, Target target) {
    this.target = target;
    this.directories = directories;
    this.guard = guard;
  }

  /// A later entry of the same name is a file: it counts.
  void replacedByFile(EntryName name) {
    lock.lock();
    try {
      hard.remove(name.key());
      symbolic.remove(name.key());
    } finally {
      lock.unlock();
    }
  }

  /// @return false when users must not have it there
  boolean symbolic(EntryName name, byte[] contents, EntryAttributes attributes) throws IOException {
    Directory parent = directories.of(name.parent());
    if (contents.length == 0 || directories.hides(parent, name.lastName())) {
      return false;
    }
    guard.metadata(contents.length);
    guard.kept(name.key().length() + contents.length + KEPT_OVERHEAD_BYTES);
    lock.lock();
    try {
      symbolic.put(name.key(), new Symbolic(contents, attributes.modified()));
    } finally {
      lock.unlock();
    }
    return true;
  }

  void hard(EntryName name, EntryName existing) throws IOException {
    guard.metadata(existing.key().length());
    guard.kept(name.key().length() + existing.key().length() + KEPT_OVERHEAD_BYTES);
    lock.lock();
    try {
      hard.put(name.key(), existing);
      symbolic.remove(name.key());
    } finally {
      lock.unlock();
    }
  }

  /// Makes them all. No other thread writes any more.
  ///
  /// @return how many there are
  int make() throws IOException {
    made = 0;
    for (Map.Entry<String, EntryName> link : hard.entrySet()) {
      guard.move();
      EntryName name = name(link.getKey());
      target.alone(name, () -> count(name, makeHard(name, link.getValue())));
    }
    for (Map.Entry<String, Symbolic> link : symbolic.entrySet()) {
      guard.move();
      EntryName name = name(link.getKey());
      target.alone(name, () -> count(name, makeSymbolic(name, link.getValue())));
    }
    return made;
  }

  long skipped() {
    return skipped;
  }

  private void count(EntryName name, boolean done) {
    if (done) {
      made++;
    } else if (target.faithful()) {
      target.leftOut(name.display(), new ArchiveException("the link cannot be made"));
    } else {
      skipped++;
    }
  }

  private static EntryName name(String key) {
    return new EntryName(key, (int) key.chars().filter(c -> c == '/').count() + 1);
  }

  private boolean makeHard(EntryName name, EntryName existing) throws IOException {
    Directory parent = directories.of(name.parent());
    Directory source = directories.of(existing.parent());
    if (directories.hides(parent, name.lastName())
        || directories.hides(source, existing.lastName())) {
      return false;
    }
    Path link = parent.path().resolve(directories.name(name.lastName()));
    Path file = source.path().resolve(directories.name(existing.lastName()));
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      if (!makeRoom(link, file)) {
        return !link.equals(file); // it is that file already
      }
      Files.createLink(link, file);
    } catch (NoSuchFileException | FileAlreadyExistsException changed) {
      return false; // somebody else was faster
    }
    directories.made(parent, name);
    return true;
  }

  /// @return false when the link would lead to itself, by this or another name
  private static boolean makeRoom(Path link, Path file) throws IOException {
    BasicFileAttributes found;
    try {
      found = Target.attributes(link);
    } catch (NoSuchFileException free) {
      return true;
    }
    if (found.fileKey() == null
        ? link.equals(file)
        : found.fileKey().equals(Target.attributes(file).fileKey())) {
      return false;
    }
    if (!found.isDirectory()) {
      Files.delete(link);
    }
    return true;
  }

  /// Absolute contents count from the root of the tree.
  private boolean makeSymbolic(EntryName name, Symbolic symbolicLink) throws IOException {
    Directory parent = directories.of(name.parent());
    Path link;
    try {
      Path real = parent.path().toRealPath(); // where it lies decides where it leads
      link = real.resolve(directories.name(name.lastName()));
      if (target.faithful() && link.getFileSystem() instanceof Sandbox sandbox) {
        sandbox.restoreLink(link, symbolicLink.contents());
      } else {
        Files.createSymbolicLink(link, directories.name(symbolicLink.contents()));
      }
    } catch (FileSystemException | IllegalArgumentException refused) {
      return false; // in the way of something, or leading out
    }
    directories.made(parent, name);
    if (symbolicLink.modified().isPresent()) {
      setTime(link, symbolicLink.modified().get());
    }
    return true;
  }

  private static void setTime(Path link, Instant modified) throws IOException {
    try {
      Files.getFileAttributeView(link, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(FileTime.from(modified), null, null);
    } catch (NoSuchFileException gone) {
      // somebody else was faster
    }
  }
}
