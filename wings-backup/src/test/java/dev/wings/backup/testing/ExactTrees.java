package dev.wings.backup.testing;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/// ExactTrees of files with everything that is hard to bring back, and what there is to compare.
public final class ExactTrees {
  private static final long HOLE = 4 << 20;
  private static final List<PosixFilePermission> PERMISSIONS =
      List.of(PosixFilePermission.values());

  private ExactTrees() {}

  /// One entry.
  ///
  /// @param type first letter of `ls -l`
  /// @param sparse whether at least half of a large file are holes
  /// @param linkedTo first of the names of the same inode, empty for the only one
  public record Item(
      String type,
      int mode,
      Instant modified,
      long size,
      boolean sparse,
      long crc,
      String target,
      String linkedTo) {}

  /// The tree of `backups.md` C.2.
  public static void sample(Path directory) throws IOException {
    Random random = new Random(7);
    byte[] noise = new byte[5 << 20];
    random.nextBytes(noise);
    Files.createDirectories(directory.resolve("world/region/deep"));
    Files.createDirectory(directory.resolve("empty"));
    Files.write(directory.resolve("world/region/noise.bin"), noise);
    Files.write(directory.resolve("world/zero"), new byte[0]);
    Files.writeString(directory.resolve("world/with space Ümläut"), "name");
    Files.writeString(directory.resolve("x".repeat(200)), "long");
    Files.writeString(directory.resolve("start.sh"), "#!/bin/sh\n");
    mode(directory.resolve("start.sh"), 0750);
    Files.createSymbolicLink(directory.resolve("relative"), Path.of("world/zero"));
    Files.createSymbolicLink(directory.resolve("dangling"), Path.of("nowhere"));
    Files.createSymbolicLink(directory.resolve("absolute"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(directory.resolve("world/out"), Path.of("../../../etc/passwd"));
    Files.createLink(directory.resolve("world/linked"), directory.resolve("start.sh"));
    sparse(directory.resolve("world/holes"));
    Files.createDirectory(directory.resolve("cache"));
    Files.writeString(directory.resolve("cache/entry"), "cached");
    Files.writeString(directory.resolve("server.log"), "log");
    Files.writeString(directory.resolve("keep.log"), "kept");
    mode(directory.resolve("world/region"), 0711);
    FileTime old = FileTime.from(Instant.parse("2001-02-03T04:05:06.123456789Z"));
    for (String entry : List.of("start.sh", "dangling", "world/region/deep", "world")) {
      setTime(directory.resolve(entry), old);
    }
  }

  private static void setTime(Path path, FileTime time) throws IOException {
    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(time, null, null);
  }

  private static void sparse(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      channel.write(ByteBuffer.wrap(new byte[] {4, 5, 6}), HOLE);
      channel.write(ByteBuffer.wrap(new byte[] {7}), 3 * HOLE);
    }
  }

  private static void mode(Path path, int mode) throws IOException {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < PERMISSIONS.size(); i++) { // from the owner's r down to the others' x
      if ((mode & 0400 >> i) != 0) {
        permissions.add(PERMISSIONS.get(i));
      }
    }
    Files.setPosixFilePermissions(path, permissions);
  }

  /// Some tree, always the same for the same seed: links, holes, odd names, modes and times.
  public static void random(Path directory, long seed) throws IOException {
    random(directory, seed, -1_000_000_000, 4_000_000_000L);
  }

  /// The same with times that every file system can keep.
  public static void modestRandom(Path directory, long seed) throws IOException {
    random(directory, seed, 0, Integer.MAX_VALUE);
  }

  private static void random(Path directory, long seed, long first, long last) throws IOException {
    Random random = new Random(seed);
    try (Sandbox sandbox = Sandbox.open(directory)) {
      List<Path> directories = new ArrayList<>(List.of(sandbox.getPath("/")));
      List<Path> files = new ArrayList<>();
      List<Path> all = new ArrayList<>();
      int entries = 40 + random.nextInt(80);
      for (int i = 0; i < entries; i++) {
        Path parent = directories.get(random.nextInt(directories.size()));
        Path entry = parent.resolve(sandbox.pathOf(name(random)));
        if (Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        switch (random.nextInt(8)) {
          case 0, 1 -> directories.add(Files.createDirectory(entry));
          case 2 -> sandbox.restoreLink(entry, name(random));
          case 3 -> {
            if (!files.isEmpty()) {
              Files.createLink(entry, files.get(random.nextInt(files.size())));
            }
          }
          case 4 -> {
            sparse(entry);
            files.add(entry);
          }
          default -> {
            byte[] content = new byte[random.nextInt(random.nextBoolean() ? 100 : 300_000)];
            random.nextBytes(content);
            files.add(Files.write(entry, content));
          }
        }
        all.add(entry);
      }
      attributes(all.reversed(), random, first, last);
    }
  }

  private static void attributes(List<Path> entries, Random random, long first, long last)
      throws IOException {
    for (Path entry : entries) {
      if (!Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      if (!Files.isSymbolicLink(entry)) {
        mode(entry, random.nextInt(01000));
      }
      long seconds = random.nextLong(first, last);
      setTime(entry, FileTime.from(Instant.ofEpochSecond(seconds, random.nextInt(1_000_000_000))));
    }
  }

  private static byte[] name(Random random) {
    byte[] name = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 250 : 12)];
    do {
      for (int i = 0; i < name.length; i++) {
        byte some = (byte) random.nextInt(256);
        name[i] = some == 0 || some == '/' ? (byte) 'a' : some;
      }
    } while (name[0] == '.');
    return name;
  }

  /// All entries below a directory of the host by their names, except the daemon's own files.
  public static Map<String, Item> look(Path directory) throws IOException {
    return look(directory, _ -> true);
  }

  /// The same for some names.
  public static Map<String, Item> look(Path directory, Predicate<String> wanted)
      throws IOException {
    Map<String, Item> items = new TreeMap<>();
    Map<Object, String> firstNames = new HashMap<>();
    try (Sandbox sandbox = Sandbox.open(directory);
        Stream<Path> paths = Files.walk(sandbox.getPath("/"))) {
      for (Path path : paths.sorted().toList()) {
        String name = path.toString().substring(1);
        if (!name.isEmpty() && !name.contains(Sandbox.STAGING_PREFIX) && wanted.test(name)) {
          items.put(name, item(path, name, firstNames));
        }
      }
    }
    return items;
  }

  private static Item item(Path path, String name, Map<Object, String> firstNames)
      throws IOException {
    Map<String, Object> unix = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
    int mode = (int) requireNonNull(unix.get("mode"));
    Instant modified = ((FileTime) requireNonNull(unix.get("lastModifiedTime"))).toInstant();
    return switch (mode & 0170000) {
      case 0040000 -> new Item("d", mode & 07777, modified, 0, false, 0, "", "");
      case 0120000 ->
          new Item("l", 0, modified, 0, false, 0, Files.readSymbolicLink(path).toString(), "");
      case 0100000 -> {
        String first = firstNames.putIfAbsent(requireNonNull(unix.get("ino")), name);
        long size = Files.size(path);
        yield new Item(
            "-",
            mode & 07777,
            modified,
            size,
            size >= HOLE && allocated(path) < size / 2,
            crc(path),
            "",
            first == null ? "" : first);
      }
      default -> new Item("?", mode & 07777, modified, 0, false, 0, "", "");
    };
  }

  private static long allocated(Path path) throws IOException {
    return Files.readAttributes(path, dev.wings.fs.sandbox.SandboxAttributes.class)
        .allocatedBytes();
  }

  private static long crc(Path path) throws IOException {
    CRC32 crc = new CRC32();
    byte[] buffer = new byte[64 * 1024];
    try (InputStream in = Files.newInputStream(path)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        crc.update(buffer, 0, read);
      }
    }
    return crc.getValue();
  }
}
