package dev.wings.backup.ddup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Trees of files for tests, and what is in them.
final class Trees {
  private Trees() {}

  static void write(Path root, String name, byte[] content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  static void write(Path root, String name, String content) throws IOException {
    write(root, name, content.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] noise(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /// Everything that may be in a server's directory.
  static void fill(Path root, Random random) throws IOException {
    int directories = random.nextInt(1, 8);
    for (int d = 0; d < directories; d++) {
      Path directory = root;
      for (int level = random.nextInt(4); level >= 0; level--) {
        directory = directory.resolve(name(random));
      }
      Files.createDirectories(directory);
      for (int f = random.nextInt(6); f >= 0; f--) {
        entry(directory.resolve(name(random)), random);
      }
    }
    attributes(root, random);
  }

  private static String name(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> "with space " + random.nextInt(9);
      case 1 -> "ünïcödé-日本-" + random.nextInt(9);
      case 2 -> "x".repeat(200) + random.nextInt(9);
      case 3 -> ".hidden" + random.nextInt(9);
      case 4 -> "back\\slash" + random.nextInt(9);
      case 5 -> "new\nline" + random.nextInt(9);
      default -> "plain" + random.nextInt(20);
    };
  }

  private static void entry(Path path, Random random) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    switch (random.nextInt(6)) {
      case 0 -> Files.createSymbolicLink(path, path.resolveSibling("plain1").getFileName());
      case 1 -> Files.createSymbolicLink(path, Path.of("dangling/" + random.nextInt(5)));
      case 2 -> Files.write(path, new byte[0]);
      case 3 -> Files.write(path, noise(random.nextInt(3), random.nextInt(3_000_000)));
      case 4 -> Files.write(path, new byte[random.nextInt(2_000_000)]);
      default -> Files.write(path, noise(random.nextLong(), random.nextInt(1, 5000)));
    }
  }

  private static void attributes(Path root, Random random) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes found)
              throws IOException {
            if (found.isRegularFile()) {
              String mode = new String[] {"rw-r--r--", "rwxr-x---", "r--------"}[random.nextInt(3)];
              Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
            }
            time(file, random);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (!directory.equals(root)) {
              String mode = new String[] {"rwxr-xr-x", "rwx------"}[random.nextInt(2)];
              Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
              time(directory, random);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void time(Path path, Random random) throws IOException {
    long seconds = random.nextLong(0, 2_000_000_000L);
    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(FileTime.fromMillis(seconds * 1000), null, null);
  }

  /// All entries below a directory with everything about them that a backup keeps.
  static Map<String, String> describe(Path root) throws IOException {
    Map<String, String> all = new TreeMap<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes found)
              throws IOException {
            if (!path.equals(root)) {
              add(path, found, "directory " + mode(path));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes found)
              throws IOException {
            add(
                path,
                found,
                found.isSymbolicLink()
                    ? "link " + Files.readSymbolicLink(path)
                    : "file " + mode(path) + " " + found.size() + " " + hash(path));
            return FileVisitResult.CONTINUE;
          }

          private void add(Path path, BasicFileAttributes found, String text) {
            all.put(
                root.relativize(path).toString(),
                text + " " + found.lastModifiedTime().toMillis() / 1000);
          }
        });
    return all;
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
  }

  private static String hash(Path path) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(path)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
