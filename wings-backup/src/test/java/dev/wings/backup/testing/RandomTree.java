package dev.wings.backup.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Makes random trees with everything that a game server's files can have: odd names, links that
/// lead anywhere, several names of one file, holes, odd modes, old times, empty things.
public final class RandomTree {
  private static final String[] ODD = {
    "with space",
    "ünï-cödé",
    "日本語",
    "-dash",
    "C:drive",
    "star*",
    "quote\"'",
    "back\\slash",
    "new\nline",
    ".hidden",
    "x".repeat(200),
    "a".repeat(255),
    "percent%41",
    "tab\there"
  };
  private static final String[] TARGETS = {
    "level.dat", "../up", "/etc/passwd", "missing", "..", ".", "a/b/c", "x".repeat(150)
  };

  private final Random random;
  private final Path root;
  private final int uid;
  private final int gid;
  private final List<Path> files = new ArrayList<>();
  private final List<Path> directories = new ArrayList<>();

  private RandomTree(Random random, Path root, int uid, int gid) {
    this.random = random;
    this.root = root;
    this.uid = uid;
    this.gid = gid;
  }

  /// Fills a directory.
  ///
  /// @param entries about so many
  public static void fill(Path root, long seed, int entries, int uid, int gid) throws IOException {
    new RandomTree(new Random(seed), root, uid, gid).fill(entries);
  }

  private void fill(int entries) throws IOException {
    directories.add(root);
    for (int i = 0; i < entries; i++) {
      Path path = directories.get(random.nextInt(directories.size())).resolve(name(i));
      try {
        add(path);
      } catch (FileAlreadyExistsException taken) {
        // one fewer
      }
    }
    for (Path directory : directories.subList(1, directories.size()).reversed()) {
      finish(directory, 0700 | random.nextInt(0100));
    }
  }

  private String name(int number) {
    return random.nextInt(4) == 0 ? ODD[random.nextInt(ODD.length)] : "entry-" + number;
  }

  private void add(Path path) throws IOException {
    switch (random.nextInt(10)) {
      case 0, 1 -> {
        Files.createDirectory(path);
        directories.add(path);
      }
      case 2 -> {
        Files.createSymbolicLink(path, Path.of(TARGETS[random.nextInt(TARGETS.length)]));
        own(path);
        touch(path);
      }
      case 3 -> {
        if (!files.isEmpty()) {
          Files.createLink(path, files.get(random.nextInt(files.size())));
        }
      }
      case 4 -> sparse(path);
      default -> {
        byte[] content = new byte[random.nextInt(8) == 0 ? 0 : random.nextInt(40_000)];
        if (random.nextBoolean()) {
          random.nextBytes(content);
        }
        Files.write(path, content, StandardOpenOption.CREATE_NEW);
        files.add(path);
        finish(path, random.nextInt(01000));
      }
    }
  }

  private void sparse(Path path) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      byte[] data = new byte[5000];
      random.nextBytes(data);
      channel.write(ByteBuffer.wrap(data), random.nextInt(3) * (256L << 10));
      channel.write(ByteBuffer.wrap(data), (1L << 20) + random.nextInt(100_000));
    }
    files.add(path);
    finish(path, 0640);
  }

  private void finish(Path path, int mode) throws IOException {
    own(path);
    Files.setAttribute(path, "unix:mode", mode, LinkOption.NOFOLLOW_LINKS);
    touch(path);
  }

  private void own(Path path) throws IOException {
    Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(path, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
  }

  /// Even seconds since 1981, which every format can hold.
  private void touch(Path path) throws IOException {
    Instant time = Instant.ofEpochSecond(350_000_000L + 2L * random.nextInt(600_000_000));
    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(FileTime.from(time), null, null);
  }
}
