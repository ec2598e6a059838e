package dev.wings.fs.search;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A search over any other tree of `java.nio.file`, such as an archive, on one thread.
final class PathSearch extends SimpleFileVisitor<Path> {
  private final FileSearch search;
  private final Path root;

  private PathSearch(FileSearch search, Path root) {
    this.search = search;
    this.root = root;
  }

  static void walk(FileSearch search, Path root) throws IOException {
    Files.walkFileTree(root, new PathSearch(search, root));
  }

  private String relative(Path path) {
    return root.relativize(path).toString();
  }

  private FileVisitResult next() {
    return search.ended() ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
    search.looked();
    boolean descends = directory.equals(root) || search.descends(relative(directory));
    return descends ? next() : FileVisitResult.SKIP_SUBTREE;
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
    search.looked();
    String path = relative(file);
    if (!attributes.isRegularFile() || !search.wants(path) || !search.sized(attributes.size())) {
      return next();
    }
    if (!search.reads(path, attributes.size())) {
      search.unread(path);
      return next();
    }
    try (SeekableByteChannel channel =
        Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      search.read(
          path,
          (buffer, position) ->
              channel instanceof FileChannel direct
                  ? direct.read(buffer, position)
                  : channel.position(position).read(buffer),
          attributes.size());
    } catch (IOException unreadable) {
      return next(); // passed over (`filesystem.md` 2.6)
    }
    return next();
  }

  @Override
  public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
    if (file.equals(root)) {
      throw failure;
    }
    return next();
  }

  @Override
  public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
    return next();
  }
}
