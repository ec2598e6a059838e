package dev.wings.sftp.files;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// The files below a directory of any file system, with everything allowed: for programs that embed
/// the server, and for tests.
///
/// A link that leads out of the directory looks as if it did not exist. That is decided before the
/// entry is used, so whoever changes links at the same moment by other means can still get out; for
/// trees that others change as well, take a file system that confines by itself.
public final class PlainTree implements FileTree {
  private final Path root;
  private final Path realRoot;
  private final Executor threads;

  /// @param root an existing directory
  /// @param threads run the work, which blocks
  /// @throws IOException when there is no such directory
  public PlainTree(Path root, Executor threads) throws IOException {
    this.root = root.toAbsolutePath().normalize();
    this.realRoot = root.toRealPath();
    this.threads = requireNonNull(threads, "threads");
  }

  @Override
  public Path root() {
    return root;
  }

  @Override
  public boolean accessible() {
    return true;
  }

  @Override
  public boolean allows(FileRight right) {
    return true;
  }

  @Override
  public boolean hidden(Path path) throws IOException {
    for (Path at = path; !at.equals(root); at = parent(at)) {
      try {
        return !at.toRealPath().startsWith(realRoot);
      } catch (FileSystemException e) {
        if (Files.isSymbolicLink(at)) {
          return leadsOut(at);
        }
        // nothing there; what holds it decides
      }
    }
    return false;
  }

  /// For a link to nothing: creating through it would create outside.
  private boolean leadsOut(Path link) throws IOException {
    Path directory = parent(link).toRealPath();
    Path target = directory.resolve(Files.readSymbolicLink(link)).normalize();
    return !target.startsWith(realRoot);
  }

  private Path parent(Path path) {
    Path parent = path.getParent();
    return parent == null ? root : parent;
  }

  @Override
  public void execute(Runnable work) {
    threads.execute(work);
  }

  @Override
  public Space space() throws IOException {
    FileStore store = Files.getFileStore(root);
    return new Space(store.getTotalSpace(), store.getUsableSpace());
  }

  @Override
  public void deleteTree(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
