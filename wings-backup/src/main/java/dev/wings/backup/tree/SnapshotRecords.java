package dev.wings.backup.tree;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.AtomicFiles;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The directories in which a driver writes down what it knows of each snapshot: `<backup
/// directory>/<kind>/<uuid>`. Only names that are canonical UUIDs count (`threats.md` BK-01). Safe
/// for use by many threads.
public final class SnapshotRecords {
  /// The file that holds the lines of the ignore list.
  public static final String IGNORED = "ignored";

  private static final String PRIVATE = "rwx------";

  private final Path directory;

  /// @param directory of all backups of one kind; made when the first one is
  public SnapshotRecords(Path directory) {
    this.directory = requireNonNull(directory, "directory");
  }

  public Path directory() {
    return directory;
  }

  public Path of(UUID backup) {
    return directory.resolve(backup.toString());
  }

  /// Makes the directory of a backup, for the daemon alone.
  public Path make(UUID backup) throws IOException {
    Path made = of(backup);
    Files.createDirectories(
        made, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
    AtomicFiles.syncDirectory(directory);
    return made;
  }

  /// All backups that have a directory, complete or not.
  public List<UUID> all() throws IOException {
    List<UUID> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(entry -> canonical(String.valueOf(entry.getFileName())).ifPresent(all::add));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (NoSuchFileException | NotDirectoryException none) {
      return List.of();
    }
    return all;
  }

  /// A UUID in its one form, so that no two texts name the same backup.
  public static Optional<UUID> canonical(String text) {
    try {
      UUID id = UUID.fromString(text);
      return id.toString().equals(text) ? Optional.of(id) : Optional.empty();
    } catch (IllegalArgumentException other) {
      return Optional.empty();
    }
  }

  /// The text of one file, empty when it is missing.
  public Optional<String> read(UUID backup, String name) throws IOException {
    try {
      byte[] bytes = Files.readAllBytes(of(backup).resolve(name));
      return Optional.of(new String(bytes, StandardCharsets.UTF_8));
    } catch (NoSuchFileException | NotDirectoryException missing) {
      return Optional.empty();
    }
  }

  /// What the stored lines hide.
  public PathFilter hidden(UUID backup) throws IOException {
    return IgnoreList.lenient(read(backup, IGNORED).orElse("").lines().toList());
  }

  /// Removes the directory of a backup with everything in it. Idempotent.
  public void remove(UUID backup) throws IOException {
    try {
      removeTree(of(backup));
      AtomicFiles.syncDirectory(directory);
    } catch (NoSuchFileException gone) {
      // nothing to remove
    }
  }

  /// Removes a plain directory of the daemon's own and everything in it, links as links.
  public static void removeTree(Path tree) throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path left, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.deleteIfExists(left);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /// Whether there is a directory, and not a link to one.
  ///
  /// @throws IOException when that cannot be told
  public static boolean isDirectory(Path path) throws IOException {
    return look(path).map(BasicFileAttributes::isDirectory).orElse(false);
  }

  /// Whether a backup has a file of this name.
  ///
  /// @throws IOException when that cannot be told
  public boolean has(UUID backup, String name) throws IOException {
    return look(of(backup).resolve(name)).map(BasicFileAttributes::isRegularFile).orElse(false);
  }

  private static Optional<BasicFileAttributes> look(Path path) throws IOException {
    try {
      return Optional.of(
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    } catch (NoSuchFileException | NotDirectoryException missing) {
      return Optional.empty();
    } catch (FileSystemException e) {
      if ("Not a directory".equals(e.getReason())) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
