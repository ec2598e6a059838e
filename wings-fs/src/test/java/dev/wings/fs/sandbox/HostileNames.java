package dev.wings.fs.sandbox;

import dev.wings.core.testing.Canary;
import dev.wings.core.testing.HostilePaths;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Names that try to get out of a sandbox, and every verb that can be tried on them.
///
/// Should the product be broken, the verbs that write and delete do reach the places that the names
/// mean, possibly as root. So those names lead to the canary and its surroundings in the temporary
/// directory only. Names of real places of the host are tried with verbs that read, and the links
/// to them exist only as long.
final class HostileNames {
  private final Path volume;
  private final Canary canary;
  private final Sandbox sandbox;

  HostileNames(Path volume, Canary canary, Sandbox sandbox) {
    this.volume = volume;
    this.canary = canary;
    this.sandbox = sandbox;
  }

  @FunctionalInterface
  interface Verb {
    /// @return text that came from the sandbox
    String run(Path path) throws IOException;
  }

  /// Result of [#run].
  ///
  /// @param leaks what came from the canary
  record Outcome(int attempts, int failures, List<String> leaks) {}

  /// Tries every verb on every name.
  Outcome run() throws IOException {
    int attempts = 0;
    int failures = 0;
    List<String> leaks = new ArrayList<>();
    for (String name : HostilePaths.names(canary, NameCodec::decode)) {
      for (Map.Entry<String, Verb> verb : verbs().entrySet()) {
        plant();
        attempts++;
        try {
          String answer = verb.getValue().run(sandbox.getPath(name));
          if (answer.contains(Canary.SECRET)) {
            leaks.add(verb.getKey() + " " + name + ": " + answer);
          }
        } catch (IOException | InvalidPathException refused) {
          failures++;
        }
      }
    }
    sandboxClear();
    for (String name : hostNames()) {
      for (Map.Entry<String, Verb> verb : readingVerbs().entrySet()) {
        attempts++;
        if (succeedsOnHost(name, verb.getValue())) {
          leaks.add(verb.getKey() + " " + name);
        } else {
          failures++;
        }
      }
    }
    return new Outcome(attempts, failures, leaks);
  }

  /// Nothing of these names is inside, so any answer comes from the host.
  private boolean succeedsOnHost(String name, Verb verb) throws IOException {
    Map<String, String> links =
        Map.of("hostroot", "/", "cwd", "/proc/self/cwd", "fd", "/proc/self/fd", "etc", "/etc");
    for (Map.Entry<String, String> link : links.entrySet()) {
      Files.createSymbolicLink(volume.resolve(link.getKey()), Path.of(link.getValue()));
    }
    try {
      verb.run(sandbox.getPath(name));
      return true;
    } catch (IOException refused) {
      return false;
    } finally {
      for (String link : links.keySet()) {
        Files.delete(volume.resolve(link)); // by the JDK, which does not follow
      }
    }
  }

  private static List<String> hostNames() {
    return List.of(
        "/etc/passwd",
        "etc/shadow",
        "//etc//passwd",
        "../../../../etc/passwd",
        "hostroot",
        "hostroot/",
        "hostroot/etc/passwd",
        "hostroot/./etc/../etc/passwd/.",
        "hostroot/proc/self/root/etc/passwd",
        "cwd",
        "cwd/pom.xml",
        "fd",
        "fd/0",
        "fd/1");
  }

  private Map<String, Verb> readingVerbs() {
    Map<String, Verb> verbs = new LinkedHashMap<>(verbs());
    verbs.keySet().retainAll(Set.of("read", "list", "stat", "real path", "copy from"));
    return verbs;
  }

  /// The links that hostile names go through, put back when a verb removed them.
  private void plant() throws IOException {
    Path deep = volume.resolve("dir/deep/er");
    if (!Files.isDirectory(deep, LinkOption.NOFOLLOW_LINKS)) {
      sandboxClear();
      Files.createDirectories(deep);
    }
    for (Map.Entry<String, String> link : HostilePaths.links(canary, volume).entrySet()) {
      link(link.getKey(), link.getValue());
    }
    if (!Files.isRegularFile(volume.resolve("file"), LinkOption.NOFOLLOW_LINKS)) {
      link("file", "x");
      Files.delete(volume.resolve("file"));
      Files.writeString(volume.resolve("file"), "inside");
    }
  }

  private void sandboxClear() throws IOException {
    sandbox.deleteTree(sandbox.getPath("/"), 1, () -> false);
  }

  private void link(String name, String contents) throws IOException {
    Path link = volume.resolve(name);
    if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).toString().equals(contents)) {
      return;
    }
    if (Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      sandbox.deleteTree(sandbox.getPath(name), 1, () -> false);
    }
    Files.createSymbolicLink(link, Path.of(contents));
  }

  Map<String, Verb> verbs() {
    Path inside = sandbox.getPath("/file");
    Path other = sandbox.getPath("/other");
    Map<String, Verb> verbs = new LinkedHashMap<>();
    verbs.put("read", Files::readString);
    verbs.put("write", path -> Files.writeString(path, "overwritten").toString());
    verbs.put("create", path -> Files.createFile(path).toString());
    verbs.put("mkdir", path -> Files.createDirectory(path).toString());
    verbs.put("mkdirs", path -> Files.createDirectories(path.resolve("a/b")).toString());
    verbs.put("list", HostileNames::list);
    verbs.put("stat", path -> Files.readAttributes(path, "unix:size").toString());
    verbs.put("lstat", path -> Files.readAttributes(path, "*", LinkOption.NOFOLLOW_LINKS) + "");
    verbs.put("real path", path -> path.toRealPath().toString());
    verbs.put("exists", path -> String.valueOf(Files.exists(path.resolve(Canary.MARKER))));
    verbs.put("copy from", path -> Files.readString(copyOf(path, other)));
    verbs.put(
        "copy to",
        path -> Files.copy(inside, path, StandardCopyOption.REPLACE_EXISTING).toString());
    verbs.put("copy into", path -> Files.copy(inside, path.resolve("new")).toString());
    verbs.put("move from", path -> move(path, other));
    verbs.put(
        "move to",
        path -> Files.move(inside, path, StandardCopyOption.REPLACE_EXISTING).toString());
    verbs.put("move into", path -> Files.move(inside, path.resolve("new")).toString());
    verbs.put(
        "chmod",
        path ->
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"))
                .toString());
    verbs.put("chown", path -> Files.setAttribute(path, "unix:uid", 12345).toString());
    verbs.put(
        "utimes", path -> Files.setLastModifiedTime(path, FileTime.from(Instant.EPOCH)).toString());
    verbs.put("symlink at", path -> Files.createSymbolicLink(path, inside).toString());
    verbs.put("symlink in", path -> Files.createSymbolicLink(path.resolve("l"), inside).toString());
    verbs.put("symlink to", this::readThroughNewLink);
    verbs.put("link at", path -> Files.createLink(path, inside).toString());
    verbs.put("link in", path -> Files.createLink(path.resolve("h"), inside).toString());
    verbs.put("link to", this::readThroughNewName);
    verbs.put(
        "delete in", path -> String.valueOf(Files.deleteIfExists(path.resolve(Canary.MARKER))));
    verbs.put("delete", path -> String.valueOf(Files.deleteIfExists(path)));
    verbs.put("delete tree", path -> String.valueOf(sandbox.deleteTree(path, 1, () -> false)));
    verbs.put("client path", path -> Files.readString(sandbox.clientPath(path.toString())));
    return verbs;
  }

  private static String list(Path path) throws IOException {
    StringBuilder names = new StringBuilder();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      entries.forEach(entry -> names.append(entry).append('\n'));
    }
    return names.toString();
  }

  private static Path copyOf(Path path, Path other) throws IOException {
    Files.deleteIfExists(other);
    return Files.copy(path, other);
  }

  private String move(Path path, Path other) throws IOException {
    Files.move(path, other, StandardCopyOption.REPLACE_EXISTING);
    try {
      return Files.isDirectory(other) ? list(other) : Files.readString(other);
    } finally {
      sandbox.deleteTree(other, 1, () -> false);
    }
  }

  private String readThroughNewLink(Path target) throws IOException {
    Path link = sandbox.getPath("/new-link");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, target);
    return Files.isDirectory(link) ? list(link) : Files.readString(link);
  }

  private String readThroughNewName(Path target) throws IOException {
    Path name = sandbox.getPath("/new-name");
    Files.deleteIfExists(name);
    Files.createLink(name, target);
    return Files.readString(name);
  }
}
