package dev.wings.fs.archive.tree;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A path in an archive. The names are strings as those of sandboxed paths, so bytes that are not
/// UTF-8 are kept. The empty relative path has no names.
final class ArchivePath implements Path {
  private final ArchiveFileSystem fileSystem;
  private final boolean absolute;
  private final List<String> names;

  ArchivePath(ArchiveFileSystem fileSystem, boolean absolute, List<String> names) {
    this.fileSystem = fileSystem;
    this.absolute = absolute;
    this.names = List.copyOf(names);
  }

  static ArchivePath parse(ArchiveFileSystem fileSystem, String path) {
    List<String> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    return new ArchivePath(fileSystem, path.startsWith("/"), names);
  }

  /// The names from the root on, `.` and `..` folded; `..` stops at the root.
  List<String> folded() {
    return fold(names, /* keepLeadingDotDot= */ false);
  }

  private static List<String> fold(List<String> names, boolean keepLeadingDotDot) {
    List<String> result = new ArrayList<>(names.size());
    for (String name : names) {
      if (name.equals("..")) {
        if (!result.isEmpty() && !result.getLast().equals("..")) {
          result.removeLast();
        } else if (keepLeadingDotDot) {
          result.add(name);
        }
      } else if (!name.equals(".")) {
        result.add(name);
      }
    }
    return result;
  }

  ArchivePath child(String name) {
    List<String> joined = new ArrayList<>(names);
    joined.add(name);
    return new ArchivePath(fileSystem, absolute, joined);
  }

  private ArchivePath of(Path other) {
    if (requireNonNull(other, "other") instanceof ArchivePath that
        && that.fileSystem == fileSystem) {
      return that;
    }
    throw new ProviderMismatchException("other: " + other + " (expected: path of this archive)");
  }

  private ArchivePath with(boolean newAbsolute, List<String> newNames) {
    return new ArchivePath(fileSystem, newAbsolute, newNames);
  }

  private boolean isEmpty() {
    return !absolute && names.isEmpty();
  }

  @Override
  public ArchiveFileSystem getFileSystem() {
    return fileSystem;
  }

  @Override
  public boolean isAbsolute() {
    return absolute;
  }

  @Override
  public @Nullable ArchivePath getRoot() {
    return absolute ? with(true, List.of()) : null;
  }

  @Override
  public @Nullable ArchivePath getFileName() {
    if (isEmpty()) {
      return this;
    }
    return names.isEmpty() ? null : with(false, List.of(names.getLast()));
  }

  @Override
  public @Nullable ArchivePath getParent() {
    if (names.isEmpty() || (names.size() == 1 && !absolute)) {
      return null;
    }
    return with(absolute, names.subList(0, names.size() - 1));
  }

  @Override
  public int getNameCount() {
    return isEmpty() ? 1 : names.size();
  }

  @Override
  public ArchivePath getName(int index) {
    return subpath(index, index + 1);
  }

  @Override
  public ArchivePath subpath(int beginIndex, int endIndex) {
    if (beginIndex < 0 || endIndex > getNameCount() || beginIndex >= endIndex) {
      throw new IllegalArgumentException(
          "range: %d to %d (expected: within 0 to %d)"
              .formatted(beginIndex, endIndex, getNameCount()));
    }
    return isEmpty() ? this : with(false, names.subList(beginIndex, endIndex));
  }

  @Override
  public boolean startsWith(Path other) {
    if (!(other instanceof ArchivePath that) || that.fileSystem != fileSystem) {
      return false;
    }
    if (isEmpty() || that.isEmpty()) {
      return isEmpty() && that.isEmpty();
    }
    return absolute == that.absolute
        && that.names.size() <= names.size()
        && names.subList(0, that.names.size()).equals(that.names);
  }

  @Override
  public boolean endsWith(Path other) {
    if (!(other instanceof ArchivePath that) || that.fileSystem != fileSystem) {
      return false;
    }
    if (isEmpty() || that.isEmpty()) {
      return isEmpty() && that.isEmpty();
    }
    if (that.absolute) {
      return equals(that);
    }
    int from = names.size() - that.names.size();
    return from >= 0 && names.subList(from, names.size()).equals(that.names);
  }

  @Override
  public ArchivePath normalize() {
    return with(absolute, fold(names, /* keepLeadingDotDot= */ !absolute));
  }

  @Override
  public ArchivePath resolve(Path other) {
    ArchivePath that = of(other);
    if (that.absolute) {
      return that;
    }
    List<String> joined = new ArrayList<>(names);
    joined.addAll(that.names);
    return with(absolute, joined);
  }

  @Override
  public ArchivePath relativize(Path other) {
    ArchivePath that = of(other);
    if (absolute != that.absolute) {
      throw new IllegalArgumentException("other: " + other + " (expected: same kind of path)");
    }
    int common = 0;
    while (common < Math.min(names.size(), that.names.size())
        && names.get(common).equals(that.names.get(common))) {
      common++;
    }
    List<String> result = new ArrayList<>(Collections.nCopies(names.size() - common, ".."));
    result.addAll(that.names.subList(common, that.names.size()));
    return with(false, result);
  }

  /// An identifier for people; there is no way back from a URI.
  @Override
  public URI toUri() {
    return URI.create(ArchiveProvider.SCHEME + ":///")
        .resolve(
            "/"
                + java.net.URLEncoder.encode(
                    String.join("/", folded()), java.nio.charset.StandardCharsets.UTF_8));
  }

  @Override
  public ArchivePath toAbsolutePath() {
    return absolute ? this : with(true, names);
  }

  @Override
  public ArchivePath toRealPath(LinkOption... options) throws IOException {
    return fileSystem.realPath(this, ArchiveProvider.follows(options));
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("an archive cannot be watched");
  }

  @Override
  public int compareTo(Path other) {
    return toString().compareTo(of(other).toString());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ArchivePath that
        && that.fileSystem == fileSystem
        && that.absolute == absolute
        && that.names.equals(names);
  }

  @Override
  public int hashCode() {
    return 31 * names.hashCode() + Boolean.hashCode(absolute);
  }

  @Override
  public String toString() {
    return (absolute ? "/" : "") + String.join("/", names);
  }
}
