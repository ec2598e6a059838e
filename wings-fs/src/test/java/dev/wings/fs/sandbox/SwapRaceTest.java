package dev.wings.fs.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Canary;
import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.tree.TreeDelete;
import dev.wings.fs.tree.TreeOwnership;
import dev.wings.fs.tree.TreeUsage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/// A thread exchanges a directory with a link to the canary at full speed while every verb runs on
/// paths through it. Each mode sees a million exchanges; `-Dwings.swaps=N` sets another number.
class SwapRaceTest {
  private static final long SWAPS = Long.getLong("wings.swaps", 1_000_000);

  private Path host;
  private Path volume;

  @BeforeEach
  void plant() throws IOException {
    Path memory = Path.of("/dev/shm"); // exchanges are fastest there
    host =
        (Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "wings-swap")
                : Files.createTempDirectory("wings-swap"))
            .toRealPath();
    volume = Files.createDirectory(host.resolve("volume"));
    Files.createDirectory(volume.resolve("target"));
  }

  @AfterEach
  void remove() throws IOException {
    try (Descriptor directory = Linux.open(host.toString(), Linux.O_PATH)) {
      TreeDelete.clear(directory, 1, () -> false);
    }
    Files.delete(host);
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  @FunctionalInterface
  private interface Verb {
    void run() throws IOException;
  }

  @ParameterizedTest
  @EnumSource(SandboxMode.class)
  @Proves({"FS-02", "FS-03", "FS-05"})
  void canaryIsNeverReadOrChanged(SandboxMode mode) throws Exception {
    Canary canary = new Canary(host, volume);
    Files.createSymbolicLink(volume.resolve("evil"), canary.directory());
    Files.createSymbolicLink(volume.resolve("relative"), Path.of("../canary"));
    AtomicReference<@Nullable Exception> swapFailure = new AtomicReference<>();
    AtomicLong swaps = new AtomicLong();
    Thread swapper = Thread.ofPlatform().start(() -> swap(swaps, swapFailure));
    Map<String, long[]> counts = new TreeMap<>(); // verb: successes, failures
    List<String> leaks = new ArrayList<>();

    try (Sandbox sandbox =
        Sandbox.open(volume, SandboxOptions.defaults().withMode(mode).ownedBy(4711, 4711))) {
      Map<String, Verb> verbs = verbs(sandbox, leaks);
      while (swapper.isAlive()) {
        for (Map.Entry<String, Verb> verb : verbs.entrySet()) {
          long[] count = counts.computeIfAbsent(verb.getKey(), _ -> new long[2]);
          try {
            verb.getValue().run();
            count[0]++;
          } catch (IOException lost) {
            count[1]++;
          }
        }
      }
    }
    swapper.join();

    assertThat(swapFailure.get()).isNull();
    assertThat(leaks).isEmpty();
    assertThat(canary.snapshot()).isEqualTo(canary.before());
    assertThat(counts.values()).allSatisfy(count -> assertThat(count[0] + count[1]).isPositive());
    StringBuilder report = new StringBuilder(mode + ": " + swaps + " exchanges;");
    counts.forEach((verb, count) -> report.append(" " + verb + " " + count[0] + "+" + count[1]));
    LoggerFactory.getLogger(SwapRaceTest.class).info("{}", report);
    long[] reads = counts.getOrDefault("read", new long[2]);
    assertThat(reads[0]).as("reads that met the directory").isPositive();
    assertThat(reads[1]).as("reads that met the link").isPositive();
  }

  private void swap(AtomicLong swaps, AtomicReference<@Nullable Exception> failure) {
    byte[] target = "target".getBytes(StandardCharsets.UTF_8);
    byte[] evil = "evil".getBytes(StandardCharsets.UTF_8);
    byte[] relative = "relative".getBytes(StandardCharsets.UTF_8);
    try (Descriptor directory = Linux.open(volume.toString(), Linux.O_PATH)) {
      for (long i = 0; i < SWAPS / 2; i++) {
        byte[] link = i % 2 == 0 ? evil : relative;
        Linux.renameatExchange(directory, target, directory, link);
        Linux.renameatExchange(directory, target, directory, link);
        swaps.addAndGet(2);
      }
    } catch (LinuxException e) {
      failure.set(e);
    }
  }

  private Map<String, Verb> verbs(Sandbox sandbox, List<String> leaks) {
    Path target = sandbox.getPath("/target");
    Path file = target.resolve("file");
    Path marked = target.resolve(Canary.MARKER);
    Path keep = sandbox.getPath("/keep");
    Map<String, Verb> verbs = new TreeMap<>();
    verbs.put("write", () -> Files.writeString(file, "mine"));
    verbs.put("read", () -> check(leaks, Files.readString(file)));
    verbs.put("read marked", () -> check(leaks, Files.readString(marked)));
    verbs.put("write marked", () -> Files.writeString(marked, "mine"));
    verbs.put("list", () -> check(leaks, list(target)));
    verbs.put("mkdir", () -> Files.createDirectories(target.resolve("sub/deep")));
    verbs.put("chmod", () -> chmod(marked));
    verbs.put("chmod target", () -> chmod(target));
    verbs.put("chown", () -> Files.setAttribute(marked, "unix:uid", 99));
    verbs.put("chown target", () -> Files.setAttribute(target, "unix:uid", 99));
    verbs.put("utimes", () -> Files.setLastModifiedTime(marked, FileTime.from(Instant.EPOCH)));
    verbs.put(
        "utimes target", () -> Files.setLastModifiedTime(target, FileTime.from(Instant.EPOCH)));
    verbs.put("rename out", () -> renameOut(marked, keep, leaks));
    verbs.put("rename in", () -> renameIn(keep, marked));
    verbs.put("copy out", () -> check(leaks, copyOut(marked, keep)));
    verbs.put("copy in", () -> copyIn(keep, target.resolve("copied")));
    verbs.put("symlink", () -> symlink(target.resolve("link")));
    verbs.put("link", () -> link(target.resolve("hard"), keep));
    verbs.put("link from", () -> linkFrom(sandbox.getPath("/hard"), marked, leaks));
    verbs.put("delete", () -> Files.deleteIfExists(marked));
    verbs.put("delete tree", () -> sandbox.deleteTree(target.resolve("sub"), 2, () -> false));
    verbs.put("stat", () -> Files.readAttributes(marked, "unix:*"));
    verbs.put("real path", () -> check(leaks, marked.toRealPath() + " "));
    verbs.put("repair", () -> repair(sandbox));
    verbs.put("size", () -> size(sandbox));
    return verbs;
  }

  private static void check(List<String> leaks, String text) {
    if (text.contains(Canary.SECRET)) {
      leaks.add(text);
    }
  }

  private static String list(Path directory) throws IOException {
    StringBuilder names = new StringBuilder();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(names::append);
    }
    return names.toString();
  }

  private static void chmod(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static void renameOut(Path marked, Path keep, List<String> leaks) throws IOException {
    Files.move(marked, keep, StandardCopyOption.REPLACE_EXISTING);
    check(leaks, Files.readString(keep));
  }

  private static void renameIn(Path keep, Path marked) throws IOException {
    Files.writeString(keep, "kept");
    Files.move(keep, marked, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String copyOut(Path marked, Path keep) throws IOException {
    Files.copy(marked, keep, StandardCopyOption.REPLACE_EXISTING);
    return Files.readString(keep);
  }

  private static void copyIn(Path keep, Path copied) throws IOException {
    Files.writeString(keep, "kept");
    Files.copy(keep, copied, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void symlink(Path link) throws IOException {
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, link.resolveSibling("file"));
  }

  private static void link(Path hard, Path keep) throws IOException {
    Files.deleteIfExists(hard);
    Files.writeString(keep, "kept");
    Files.createLink(hard, keep);
  }

  private static void linkFrom(Path hard, Path marked, List<String> leaks) throws IOException {
    Files.deleteIfExists(hard);
    Files.createLink(hard, marked);
    check(leaks, Files.readString(hard));
  }

  private static void repair(Sandbox sandbox) throws IOException {
    try (Descriptor root = sandbox.openRoot()) {
      TreeOwnership.give(root, 1234, 1234, 2, () -> false);
    }
  }

  private static void size(Sandbox sandbox) throws IOException {
    try (Descriptor root = sandbox.openRoot()) {
      assertThat(TreeUsage.measure(root, 1, () -> false).entries()).isLessThan(100);
    }
  }
}
