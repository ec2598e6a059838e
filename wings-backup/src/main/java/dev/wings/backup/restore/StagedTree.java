package dev.wings.backup.restore;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.catalog.Catalog;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxAttributes;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The new tree of a server, beside the old one until it takes its place.
///
/// A directory in the server's root holds both, and the names in it say how far the restore is, so
/// that nothing else has to be remembered to end it:
///
/// - `new` is being filled. The old tree is untouched; whatever goes wrong, the directory is
///   removed and that is all.
/// - `aside` is what `new` is called from the commit on when the old tree is to go: the entries of
///   the old tree move into `old`.
/// - `in` is what it is called next, or at once when the old tree is to stay: its entries move into
///   the server's root. Directories that exist there are merged, anything else that is in the way
///   moves into `old` or is replaced. At the end directories get the modes and times that are
///   listed in `times`.
/// - with none of these, and `old`, the new tree is in its place; [#clean] removes the rest.
///
/// From the commit on everything is a rename, and each step can be done again: after a crash
/// [#settle] goes on where it ended. Files are synced before the commit, names after each step. Not
/// safe for concurrent use.
public final class StagedTree {
  private static final String PREFIX = Sandbox.STAGING_PREFIX + "restore-";
  private static final String TRUNCATE = "all-";
  private static final String MERGE = "into-";
  private static final int DELETE_THREADS = 4;

  private final Sandbox sandbox;
  private final Path root;
  private final Path staging;
  private final boolean truncate;
  private final Steps steps;

  /// How a restore that was cut short has ended.
  public enum Outcome {
    /// The old tree is as it was.
    OLD,
    /// The new tree is in its place.
    NEW
  }

  /// Called before each step that changes something; tests end the process there.
  @FunctionalInterface
  public interface Steps {
    Steps UNWATCHED = _ -> {};

    void next(String step);
  }

  private StagedTree(Sandbox sandbox, String name, Steps steps) {
    this.sandbox = sandbox;
    this.root = sandbox.getPath("/");
    this.staging = root.resolve(name);
    this.truncate = name.startsWith(PREFIX + TRUNCATE);
    this.steps = steps;
  }

  /// The name of the staging directory of a restore.
  ///
  /// @param truncate whether nothing of the old tree stays
  public static String name(UUID backup, boolean truncate) {
    return PREFIX + (truncate ? TRUNCATE : MERGE) + backup;
  }

  /// The staging directory of a name that [#name] has made.
  ///
  /// @param root of the server's volume
  public static StagedTree of(Path root, String name) {
    return of(root, name, Steps.UNWATCHED);
  }

  /// The same for tests.
  public static StagedTree of(Path root, String name, Steps steps) {
    if (!isName(name)) {
      throw new IllegalArgumentException("name: " + name + " (expected: of a staged tree)");
    }
    if (requireNonNull(root, "root").getFileSystem() instanceof Sandbox sandbox) {
      return new StagedTree(sandbox, name, steps);
    }
    throw new IllegalArgumentException("root: " + root + " (expected: in a sandbox)");
  }

  private static boolean isName(String name) {
    for (String kind : List.of(TRUNCATE, MERGE)) {
      if (name.startsWith(PREFIX + kind)) {
        return Catalog.canonical(name.substring((PREFIX + kind).length())).isPresent();
      }
    }
    return false;
  }

  /// The staging directories that are in a server's root, for a catalog that has lost its entry.
  public static List<String> names(Path root) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (isName(name)) {
          names.add(name);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /// Where the new tree is written, empty at first.
  public Path content() {
    return staging.resolve("new");
  }

  private Path aside() {
    return staging.resolve("aside");
  }

  private Path in() {
    return staging.resolve("in");
  }

  private Path old() {
    return staging.resolve("old");
  }

  private Path times() {
    return staging.resolve("times");
  }

  /// Makes the empty directory.
  public void make() throws IOException {
    steps.next("make");
    Files.createDirectory(staging);
    Files.createDirectory(content());
    Files.createDirectory(old()); // last: without `new` it says that the restore was committed
    sandbox.syncDirectory(root);
  }

  /// Bytes that the server will have more, or fewer, than now when the new tree is in its place.
  public long growth() throws IOException {
    return truncate ? 0 : growth(content(), root);
  }

  /// Puts the new tree in the place of the old one, of which the rest is left for [#clean]. When
  /// this fails midway [#settle] goes on; it never goes back.
  public void commit() throws IOException {
    steps.next("list directories");
    DirectoryTimes.write(times(), content());
    syncFiles();
    steps.next("commit");
    move(content(), truncate ? aside() : in());
    sandbox.syncDirectory(staging);
    forward();
  }

  /// Whether the point has been passed from which the new tree takes its place whatever happens.
  public boolean committed() {
    return isDirectory(old()) && !isDirectory(content());
  }

  /// Ends a restore that was cut short before [#clean]: forward when it was committed, otherwise
  /// back.
  public Outcome settle() throws IOException {
    if (committed()) {
      forward();
      return Outcome.NEW;
    }
    clean();
    return Outcome.OLD;
  }

  /// Removes what is left of the staging directory: the new tree when it was not committed, the old
  /// one when that is complete. Idempotent.
  public void clean() throws IOException {
    if (isDirectory(staging)) {
      steps.next("clean");
      sandbox.deleteTree(staging, DELETE_THREADS, () -> false);
      sandbox.syncDirectory(root);
    }
  }

  private void forward() throws IOException {
    if (isDirectory(aside())) {
      moveAside();
      syncFiles();
      steps.next("old tree is aside");
      move(aside(), in());
      sandbox.syncDirectory(staging);
    }
    if (isDirectory(in())) {
      moveIn(in(), root);
      steps.next("set times");
      DirectoryTimes.apply(times(), root);
      syncFiles();
      steps.next("new tree is in");
      Files.delete(in());
      sandbox.syncDirectory(staging);
    }
  }

  private void moveAside() throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      for (Path entry : entries) {
        if (!entry.getFileName().equals(staging.getFileName())) {
          makeWay(entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void makeWay(Path entry) throws IOException {
    steps.next("move an old entry aside");
    move(entry, old().resolve(UUID.randomUUID().toString()));
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private static boolean isDirectory(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private void syncFiles() throws IOException {
    steps.next("sync");
    try (Descriptor directory = sandbox.openRoot()) {
      Linux.syncfs(directory);
    } catch (LinuxException e) {
      throw e.forFile("/");
    }
  }

  private void moveIn(Path from, Path to) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(from)) {
      for (Path entry : entries) {
        Path place = to.resolve(requireNonNull(entry.getFileName()));
        boolean directory = isDirectory(entry);
        boolean meets = isDirectory(place);
        if (directory && meets) {
          moveIn(entry, place);
          steps.next("remove a merged directory");
          Files.delete(entry);
          continue;
        }
        if (directory != meets && Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
          makeWay(place);
        }
        steps.next("move a new entry in");
        move(entry, place);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static long growth(Path from, Path to) throws IOException {
    long bytes = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(from)) {
      for (Path entry : entries) {
        Path place = to.resolve(requireNonNull(entry.getFileName()));
        Optional<SandboxAttributes> made = look(entry);
        bytes += made.map(SandboxAttributes::allocatedBytes).orElse(0L) - freed(look(place));
        if (made.isPresent() && made.get().isDirectory()) {
          bytes += growth(entry, place);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return bytes;
  }

  /// A file that keeps another name keeps its bytes; of a directory that is replaced by something
  /// else only its own are counted, which errs towards a server that is too full.
  private static long freed(Optional<SandboxAttributes> replaced) {
    return replaced
        .filter(found -> found.isDirectory() || found.links() == 1)
        .map(SandboxAttributes::allocatedBytes)
        .orElse(0L);
  }

  private static Optional<SandboxAttributes> look(Path path) throws IOException {
    try {
      return Optional.of(
          Files.readAttributes(path, SandboxAttributes.class, LinkOption.NOFOLLOW_LINKS));
    } catch (NoSuchFileException | NotDirectoryException missing) {
      return Optional.empty();
    }
  }
}
