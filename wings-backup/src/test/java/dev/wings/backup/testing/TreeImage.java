package dev.wings.backup.testing;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.transfer.HashedFile;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// What a tree on the disk looks like, one line for each entry, so that two can be compared and a
/// difference can be read.
public final class TreeImage {
  /// What of a tree is looked at.
  public enum Facet {
    MODES,
    OWNERS,
    LINKS,
    HARD_LINKS,
    EMPTY_DIRECTORIES
  }

  /// Everything that does not depend on other entries.
  public static final Set<Facet> APART =
      Set.of(Facet.MODES, Facet.OWNERS, Facet.LINKS, Facet.EMPTY_DIRECTORIES);

  private TreeImage() {}

  /// Everything of a tree.
  public static Map<String, String> of(Path root) throws IOException {
    return of(root, EnumSet.allOf(Facet.class));
  }

  public static Map<String, String> of(Path root, Set<Facet> facets) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(root)) {
      walk.filter(path -> !path.equals(root)).forEach(paths::add);
    }
    paths.sort(Comparator.naturalOrder());
    Map<Object, String> first = new HashMap<>();
    Map<String, String> image = new TreeMap<>();
    for (Path path : paths) {
      String name = root.relativize(path).toString();
      String line = line(path, name, facets, first);
      if (!line.isEmpty()) {
        image.put(name, line);
      }
    }
    return image;
  }

  private static String line(Path path, String name, Set<Facet> facets, Map<Object, String> first)
      throws IOException {
    PosixFileAttributes found =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    StringBuilder line = new StringBuilder();
    if (Files.isSymbolicLink(path)) {
      if (!facets.contains(Facet.LINKS)) {
        return "";
      }
      line.append("link to ").append(Files.readSymbolicLink(path));
    } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      if (!facets.contains(Facet.EMPTY_DIRECTORIES) && isEmpty(path)) {
        return "";
      }
      line.append("directory");
    } else if (found.isRegularFile()) {
      line.append(found.size()).append(" bytes ");
      line.append(HashedFile.sha256Hex(path, Pace.free(), new Progress()));
      if (facets.contains(Facet.HARD_LINKS) && number(path, "nlink") > 1) {
        String other = first.putIfAbsent(requireNonNull(found.fileKey()), name);
        line.append(other == null ? " first of several" : " same as " + other);
      }
    } else {
      return ""; // special files are in no backup
    }
    boolean link = Files.isSymbolicLink(path);
    if (facets.contains(Facet.MODES) && !link) {
      line.append(" mode %04o".formatted(number(path, "mode") & 07777));
    }
    if (facets.contains(Facet.OWNERS)) {
      line.append(" owner ").append(number(path, "uid")).append(':').append(number(path, "gid"));
    }
    line.append(" at ").append(found.lastModifiedTime().to(TimeUnit.SECONDS));
    return line.toString();
  }

  private static int number(Path path, String attribute) throws IOException {
    return (int)
        requireNonNull(Files.getAttribute(path, "unix:" + attribute, LinkOption.NOFOLLOW_LINKS));
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }
}
