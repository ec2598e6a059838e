package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A small tree, some open handles, and for each verb a request that succeeds on them.
///
/// ```
/// /file          "contents"
/// /target        "old"
/// /dir/inner     "inside"
/// /link          -> file
/// ```
///
/// @param reading handle of `/file`
/// @param writing handle of `/target`
/// @param listing handle of `/dir`
record Samples(TestClient client, String reading, String writing, String listing) {
  static void fill(Path root) throws IOException {
    Files.writeString(root.resolve("file"), "contents");
    Files.writeString(root.resolve("target"), "old");
    Files.createDirectory(root.resolve("dir"));
    Files.writeString(root.resolve("dir/inner"), "inside");
    Files.createSymbolicLink(root.resolve("link"), Path.of("file"));
  }

  static Samples open(TestClient client) {
    return new Samples(
        client,
        name(client.open("/file", 1)),
        name(client.open("/target", 2)),
        name(client.openDirectory("/dir")));
  }

  private static String name(Answer answer) {
    return new String(answer.handle(), US_ASCII);
  }

  Packet of(Verb verb) {
    Packet packet =
        verb.extension().isEmpty()
            ? client.request(verb.type())
            : client.extension(verb.extension());
    return switch (verb) {
      case INIT -> Packet.of(Packet.INIT).u32(3);
      case OPEN -> packet.string("/target").u32(2 | 8 | 16).plain();
      case CLOSE, READDIR -> packet.string(listing);
      case READ_FILE -> packet.string(reading).u64(0).u32(100);
      case WRITE_FILE -> packet.string(writing).u64(0).string("new");
      case LSTAT, READLINK -> packet.string("/link");
      case STAT, CHECK_FILE_NAME -> check(verb, packet.string("/file"));
      case FSTAT, CHECK_FILE -> check(verb, packet.string(reading));
      case SETSTAT, LSETSTAT -> packet.string("/file").mode(0600);
      case FSETSTAT -> packet.string(writing).mode(0600);
      case OPENDIR, RMDIR -> packet.string("/dir");
      case REMOVE -> packet.string("/link");
      case MKDIR -> packet.string("/made").plain();
      case REALPATH -> packet.string("/link");
      case RENAME -> packet.string("/file").string("/renamed");
      case POSIX_RENAME -> packet.string("/file").string("/target");
      case SYMLINK, HARDLINK -> packet.string("/file").string("/second");
      case COPY_FILE -> packet.string("/file").string("/copy").u8(0);
      case COPY_DATA -> packet.string(reading).u64(0).u64(0).string(writing).u64(0);
      case SPACE_AVAILABLE, STATVFS -> packet.string("/");
      case FSTATVFS -> packet.string(reading);
      case LIMITS -> packet;
      case FSYNC -> packet.string(writing);
      case USERS_GROUPS_BY_ID -> packet.string(new byte[8]).string(new byte[4]);
      case EXPAND_PATH -> packet.string("~/dir");
      case HOME_DIRECTORY -> packet.string("");
    };
  }

  private static Packet check(Verb verb, Packet packet) {
    return verb.extension().isEmpty() ? packet : packet.string("md5").u64(0).u64(0);
  }

  /// Everything below `root` that a request could change.
  static Map<String, String> snapshot(Path root) throws IOException {
    Map<String, String> result = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.toList()) {
        String contents =
            Files.isSymbolicLink(path)
                ? "-> " + Files.readSymbolicLink(path)
                : Files.getPosixFilePermissions(path)
                    + (Files.isRegularFile(path) ? Files.readString(path) : "");
        result.put(root.relativize(path).toString(), contents);
      }
    }
    return result;
  }
}
