package dev.wings.core.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// A tree outside of the sandbox that nothing may read or change.
public final class Canary {
  /// Begins the names that hostile paths ask for.
  public static final String MARKER = "canary-7f3a";

  /// Stands in every file's content and is one file's name; no path of a test holds it.
  public static final String SECRET = "secret-9c41";

  private final Path outside;
  private final List<Path> leftOut;
  private final List<String> before;

  /// Plants the tree `outside/canary`.
  ///
  /// @param leftOut the sandboxed directory, and what else may change
  public Canary(Path outside, Path... leftOut) throws IOException {
    this.outside = outside;
    this.leftOut = List.of(leftOut);
    Path directory = Files.createDirectories(directory().resolve(MARKER + "-sub"));
    Files.writeString(directory().resolve(MARKER), SECRET + " content");
    Files.writeString(directory.resolve(MARKER + "-inner"), SECRET + " inner");
    Files.writeString(directory().resolve(SECRET), SECRET);
    Files.createSymbolicLink(directory().resolve(MARKER + "-link"), Path.of(MARKER));
    this.before = snapshot();
  }

  public Path directory() {
    return outside.resolve("canary");
  }

  public Path file() {
    return directory().resolve(MARKER);
  }

  public List<String> before() {
    return before;
  }

  /// Every entry but those left out, with type, mode, owner, size, times and content.
  public List<String> snapshot() throws IOException {
    List<String> result = new ArrayList<>();
    try (Stream<Path> tree = Files.walk(outside)) {
      for (Path entry : (Iterable<Path>) tree::iterator) {
        if (entry.equals(outside) || leftOut.stream().anyMatch(entry::startsWith)) {
          continue;
        }
        var a =
            Files.readAttributes(
                entry, "unix:mode,uid,gid,size,lastModifiedTime,nlink", LinkOption.NOFOLLOW_LINKS);
        String content =
            Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS) ? Files.readString(entry) : "";
        result.add(
            String.join(
                " ",
                entry.toString(),
                String.valueOf(a.get("mode")),
                a.get("uid") + ":" + a.get("gid"),
                String.valueOf(a.get("size")),
                String.valueOf(a.get("nlink")),
                String.valueOf(a.get("lastModifiedTime")),
                content));
      }
    }
    result.sort(null);
    return result;
  }
}
