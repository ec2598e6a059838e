package dev.wings.fs.archive.write;

import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.sandbox.NameCodec;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Decides which entries of a source are in the archive.
final class Selection {
  private static final byte[] STAGING = Sandbox.STAGING_PREFIX.getBytes(StandardCharsets.US_ASCII);

  private final ArchiveSource source;
  private final byte[] excluded;

  /// @param source whose excluded entry lies anywhere in the same file system
  Selection(ArchiveSource source) {
    this.source = source;
    this.excluded =
        source
            .excluded()
            .filter(path -> path.getFileSystem().equals(source.root().getFileSystem()))
            .map(path -> absolute(path).toString())
            .filter(path -> path.startsWith(prefix(source.root())))
            .map(path -> NameCodec.encode(path.substring(prefix(source.root()).length())))
            .orElse(new byte[0]);
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static String prefix(Path directory) {
    String path = absolute(directory).toString();
    return path.endsWith("/") ? path : path + "/";
  }

  boolean filters() {
    return !source.filter().equals(PathFilter.NONE);
  }

  /// The chosen names without what is not below the root.
  List<Path> names() {
    List<Path> names = new ArrayList<>();
    for (String name : source.names()) {
      String below = name;
      while (below.startsWith("/")) {
        below = below.substring(1);
      }
      Path path = named(below);
      boolean inside = !path.toString().isEmpty() && !path.startsWith("..");
      if (inside) {
        names.add(path);
      }
    }
    return names;
  }

  /// What cannot be a name is the name of nothing.
  private Path named(String name) {
    try {
      return source.root().getFileSystem().getPath(name).normalize();
    } catch (InvalidPathException impossible) {
      return source.root().getFileSystem().getPath("");
    }
  }

  /// Where the filter sees a directory of the source.
  ///
  /// @param real without links
  /// @return with a slash at the end, empty for the base itself
  String filterPrefix(Path real) throws IOException {
    if (!filters()) {
      return "";
    }
    String path = source.base().toRealPath().relativize(real).toString();
    return path.isEmpty() ? "" : path + "/";
  }

  Verdict judge(String filterPath, boolean directory) {
    return source.filter().judge(filterPath, directory);
  }

  /// Whether a link leads to something hidden. A hint: its contents are stored, nothing is read
  /// through it.
  boolean leadsToHidden(Path link) {
    try {
      Path real = link.toRealPath();
      String path = source.base().toRealPath().relativize(real).toString();
      return !path.isEmpty()
          && source.filter().hides(path, Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException | IllegalArgumentException dangling) {
      return false; // leads nowhere
    }
  }

  /// The archive itself, and files that exist only until they are renamed.
  ///
  /// @param name relative to the root
  /// @param last the last component of it
  boolean omitted(byte[] name, byte[] last) {
    return Arrays.equals(name, excluded)
        || (last.length >= STAGING.length
            && Arrays.equals(last, 0, STAGING.length, STAGING, 0, STAGING.length));
  }
}
