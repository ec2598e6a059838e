package dev.wings.fs.archive.write;

import static java.util.Objects.requireNonNull;

import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Everything about a tree that an archive may keep, comparable as a map from names to entries.
final class TreeSnapshot {
  private TreeSnapshot() {}

  /// @param type first letter of `ls -l`
  /// @param linkedTo first of the names of the same inode, empty for the only one
  record Item(
      String type, int mode, long seconds, long size, long crc, String target, String linkedTo) {
    Item withoutMode() {
      return new Item(type, 0, seconds, size, crc, target, linkedTo);
    }

    Item withoutLinks() {
      return new Item(type, mode, seconds, size, crc, target, "");
    }
  }

  /// Of all below a directory of the host. Names are those of a sandbox, so that no byte is lost.
  static Map<String, Item> of(Path directory) throws IOException {
    Map<String, Item> items = new TreeMap<>();
    try (Sandbox sandbox = Sandbox.open(directory);
        Stream<Path> paths = Files.walk(sandbox.getPath("/"))) {
      Map<Object, String> firstNames = new HashMap<>();
      for (Path path : paths.sorted().toList()) {
        if (path.getNameCount() > 0) {
          items.put(path.toString().substring(1), item(path, firstNames));
        }
      }
    }
    return items;
  }

  private static Item item(Path path, Map<Object, String> firstNames) throws IOException {
    Map<String, Object> unix = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
    int mode = (int) requireNonNull(unix.get("mode"));
    long seconds =
        ((FileTime) requireNonNull(unix.get("lastModifiedTime"))).toInstant().getEpochSecond();
    String name = path.toString().substring(1);
    return switch (mode & 0170000) {
      case 0040000 -> new Item("d", mode & 07777, seconds, 0, 0, "", "");
      case 0120000 ->
          new Item("l", 0777, seconds, 0, 0, Files.readSymbolicLink(path).toString(), "");
      case 0100000 -> {
        String first = firstNames.putIfAbsent(requireNonNull(unix.get("ino")), name);
        yield new Item(
            "-",
            mode & 07777,
            seconds,
            Files.size(path),
            crc(path),
            "",
            first == null ? "" : first);
      }
      default -> new Item("?", mode & 07777, seconds, 0, 0, "", "");
    };
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

  /// Each item changed; those that become null are left out.
  static Map<String, Item> map(Map<String, Item> items, Function<Item, @Nullable Item> change) {
    Map<String, Item> result = new TreeMap<>();
    items.forEach((name, item) -> {
      Item changed = change.apply(item);
      if (changed != null) {
        result.put(name, changed);
      }
    });
    return result;
  }
}
