package dev.wings.fs.archive.write;

import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// A tree with everything that is hard to archive.
final class SampleTree {
  private SampleTree() {}

  /// How odd the names are.
  enum Names {
    /// Any bytes.
    ODD,
    /// Without control characters and backslashes, which unzip and 7z replace, and without names
    /// that are not UTF-8.
    TAME
  }

  static void make(Path directory, Names names) throws IOException {
    try (Sandbox sandbox = Sandbox.open(directory)) {
      Path root = sandbox.getPath("/");
      files(root);
      names(root, names);
      links(root);
      sparse(root.resolve("sparse"));
      times(root);
    }
  }

  private static void files(Path root) throws IOException {
    Random random = new Random(7);
    Files.createDirectories(root.resolve("empty/inside"));
    Files.write(root.resolve("empty.txt"), new byte[0]);
    Files.write(root.resolve("one"), new byte[] {42});
    Files.writeString(root.resolve("server.properties"), "motd=A Minecraft Server\n".repeat(40));
    byte[] noise = new byte[5_000_001];
    random.nextBytes(noise);
    Files.write(root.resolve("noise.bin"), noise);
    Files.writeString(
        root.resolve("latest.log"), "[12:00:00 INFO]: player joined\n".repeat(300_000));
    Path many = Files.createDirectories(root.resolve("many/files"));
    for (int i = 0; i < 700; i++) {
      byte[] content = new byte[random.nextInt(3000)];
      if (i % 2 == 0) {
        random.nextBytes(content);
      }
      Files.write(many.resolve("f" + i), content);
    }
    Files.write(root.resolve("exactly-512"), new byte[512]);
    mode(root.resolve("one"), "rwx--x--x");
    mode(root.resolve("exactly-512"), "r--------");
    mode(root.resolve("empty"), "rwx------");
  }

  private static void names(Path root, Names names) throws IOException {
    List<String> odd =
        new ArrayList<>(
            List.of(
                "-rf",
                "with space",
                "Ümläut-日本語-🎮",
                "x".repeat(255),
                "y".repeat(100),
                "'q\"uote$`"));
    if (names == Names.ODD) {
      odd.addAll(List.of("new\nline", "back\\slash", "\u0001control", "latin-\uDBFF\uDEE9-1"));
    }
    for (String name : odd) {
      Files.writeString(root.resolve(name), "content of " + name);
    }
    Path deep = root;
    for (int i = 0; i < 12; i++) {
      deep = deep.resolve("directory-with-a-name-" + i);
    }
    Files.createDirectories(deep);
    Files.writeString(deep.resolve("at the bottom"), "deep");
  }

  private static void links(Path root) throws IOException {
    Files.createDirectory(root.resolve("links"));
    Files.createSymbolicLink(
        root.resolve("links/relative"), root.getFileSystem().getPath("../one"));
    Files.createSymbolicLink(
        root.resolve("links/dangling"), root.getFileSystem().getPath("nowhere"));
    Files.createSymbolicLink(
        root.resolve("links/directory"), root.getFileSystem().getPath("../many"));
    Files.createSymbolicLink(
        root.resolve("links/long"), root.getFileSystem().getPath("../" + "z/".repeat(120) + "z"));
    Files.createLink(root.resolve("links/hard-1"), root.resolve("server.properties"));
    Files.createLink(root.resolve("many/hard-2"), root.resolve("server.properties"));
  }

  private static void sparse(Path directory) throws IOException {
    Files.createDirectory(directory);
    islands(directory.resolve("two-islands"), 8_000_000, 8_192, 5_000_000);
    islands(directory.resolve("no-data"), 3_000_000);
    islands(directory.resolve("ends-with-data"), 3_000_001, 2_999_990);
    islands(
        directory.resolve("many-islands"),
        15_000_000,
        LongStream.range(0, 60).map(i -> i * 240_000 + 5).toArray());
  }

  private static void islands(Path file, long size, long... positions) throws IOException {
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
      for (long position : positions) {
        channel.position(position);
        channel.write(ByteBuffer.wrap(("at " + position).getBytes(StandardCharsets.US_ASCII)));
      }
      if (channel.size() < size) {
        channel.position(size - 1);
        channel.write(ByteBuffer.wrap(new byte[1]));
      }
    }
  }

  /// Times that differ, all even seconds since 1980 so that every format can hold them.
  private static void times(Path root) throws IOException {
    List<Path> all;
    try (Stream<Path> paths = Files.walk(root)) {
      all = new ArrayList<>(paths.filter(path -> path.getNameCount() > 0).toList());
    }
    long second = Instant.parse("1995-03-04T05:06:08Z").getEpochSecond();
    for (Path path : all.reversed()) {
      second += 86_402;
      Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(FileTime.from(Instant.ofEpochSecond(second)), null, null);
    }
  }

  private static void mode(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }
}
