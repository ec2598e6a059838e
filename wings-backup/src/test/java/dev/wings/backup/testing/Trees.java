package dev.wings.backup.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.stream.Stream;

/// Trees of files that are awkward to keep.
public final class Trees {
  private static final FileTime OLD = FileTime.from(Instant.parse("2001-02-03T04:05:06Z"));

  private Trees() {}

  /// Makes the tree of `backups.md` C.2, without what is never kept.
  public static void odd(Path root) throws IOException {
    Path deep = Files.createDirectories(root.resolve("world/region/deep"));
    Files.createDirectory(root.resolve("empty"));
    Files.writeString(root.resolve("nothing"), "");
    Files.writeString(root.resolve("with space and ö and 雪"), "odd");
    Files.writeString(root.resolve("n".repeat(200)), "long");
    Files.writeString(deep.resolve("[x]*?\\"), "glob");
    Path script = Files.writeString(root.resolve("start.sh"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-x---"));
    Path old = Files.writeString(deep.resolve("old"), "old");
    Files.setLastModifiedTime(old, OLD);
    Files.createSymbolicLink(root.resolve("relative"), Path.of("world/region"));
    Files.createSymbolicLink(root.resolve("dangling"), Path.of("nowhere/at/all"));
    Files.createLink(root.resolve("second-name"), old);
    Files.setPosixFilePermissions(deep, PosixFilePermissions.fromString("rwx------"));
    Files.setLastModifiedTime(deep, OLD);
  }

  /// Cuts the modification times of everything to seconds.
  public static void wholeSeconds(Path root) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        BasicFileAttributeView view =
            Files.getFileAttributeView(
                path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        Instant modified = view.readAttributes().lastModifiedTime().toInstant();
        view.setTimes(FileTime.from(modified.truncatedTo(ChronoUnit.SECONDS)), null, null);
      }
    }
  }

  /// Files and links in a tree.
  public static long leaves(Path root) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      return tree.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)).count();
    }
  }
}
