package dev.wings.backup.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Trees of files that are awkward to keep, and what can be seen of them.
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

  /// Files and links in a tree.
  public static long leaves(Path root) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      return tree.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)).count();
    }
  }

  /// Every entry by its name with type, mode, time in seconds, and content.
  public static Map<String, String> describe(Path root) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.toList()) {
        if (!path.equals(root)) {
          found.put(root.relativize(path).toString(), describeEntry(path));
        }
      }
    }
    return found;
  }

  private static String describeEntry(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      return "-> " + Files.readSymbolicLink(path);
    }
    String common =
        PosixFilePermissions.toString(Files.getPosixFilePermissions(path))
            + " "
            + Files.getLastModifiedTime(path).toInstant().getEpochSecond();
    return Files.isDirectory(path) ? "d " + common : "f " + common + " " + content(path);
  }

  private static String content(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length < 100) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
