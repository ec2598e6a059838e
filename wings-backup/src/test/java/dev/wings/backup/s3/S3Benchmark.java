package dev.wings.backup.s3;

import dev.wings.backup.driver.Creation;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;

/// Prints how long it takes to bring 2 GiB into a storage on the loopback interface, beside `curl
/// -T` of the same parts one after the other, in memory and in one run: once with a storage that
/// computes the MD5 sums that are the tags of parts in S3, and once with one that only stores, to
/// which curl has nothing to do but to send, while a backup needs its own checksum.
final class S3Benchmark {
  private static final long MIB = 1 << 20;
  private static final long PART = 64 * MIB;
  private static final int PARTS = 32;
  private static final UUID SERVER = new UUID(1, 2);

  private final Path directory;
  private final PrintStream out;
  private final StorageServer storage;

  private S3Benchmark(Path directory, boolean checksums, PrintStream out) throws IOException {
    this.directory = directory;
    this.out = out;
    this.storage =
        new StorageServer(
            Files.createDirectory(directory.resolve("storage")), InstantSource.system(), checksums);
  }

  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
    for (boolean checksums : new boolean[] {true, false}) {
      System.out.println(checksums ? "storage with MD5 tags" : "storage without tags");
      Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "wings-s3-");
      try {
        new S3Benchmark(directory, checksums, System.out).run(rounds);
      } finally {
        remove(directory);
      }
    }
  }

  private void run(int rounds) throws Exception {
    Path files = Files.createDirectory(directory.resolve("files"));
    byte[] content = new byte[(int) PART];
    for (int i = 0; i < PARTS; i++) {
      new Random(i).nextBytes(content);
      Files.write(files.resolve("region-" + i), content);
    }
    for (int i = 0; i < rounds; i++) {
      print("curl -T, one part at a time", curl(files));
      print("wings, tar to S3", wings(files));
    }
    storage.close();
  }

  private void print(String what, Duration time) {
    out.printf(
        "%-28s %5.2f s  %6.0f MiB/s%n",
        what, time.toMillis() / 1e3, PARTS * PART / MIB / (time.toMillis() / 1e3));
  }

  private Duration curl(Path files) throws Exception {
    String upload = storage.beginUpload("curl");
    long begin = System.nanoTime();
    for (int i = 0; i < PARTS; i++) {
      Process curl =
          new ProcessBuilder(
                  List.of(
                      "curl",
                      "-sf",
                      "-H",
                      "Expect:",
                      "-T",
                      files.resolve("region-" + i).toString(),
                      storage.partUrl(upload, i + 1, Duration.ofHours(1))))
              .inheritIO()
              .start();
      if (curl.waitFor() != 0) {
        throw new IOException("curl failed");
      }
    }
    Duration time = Duration.ofNanos(System.nanoTime() - begin);
    storage.abort(upload);
    return time;
  }

  private Duration wings(Path files) throws Exception {
    StoragePanel panel = new StoragePanel(storage, /* pterodactyl= */ false);
    panel.suffix("").partSize(PART);
    WingsConfig config =
        TestConfig.of(
            Map.of(
                "system.backups.s3.streaming",
                true,
                "system.backups.s3.createThreads",
                4,
                "system.backups.s3.retryLimit",
                1,
                "system.backups.s3.partUploadTimeout",
                600L));
    S3Backups backups =
        new S3Backups(
            directory.resolve("backups"),
            panel,
            new ArchiveWriter(64 * MIB, new Random()),
            () -> {
              throw new AssertionError("no TLS here");
            },
            GuardedHttpClient.of(() -> config),
            () -> config);
    UUID backup = UUID.randomUUID();
    try (Sandbox sandbox = Sandbox.open(files)) {
      long begin = System.nanoTime();
      BackupResult result =
          backups.create(
              new Creation(
                  backup,
                  SERVER,
                  sandbox.getPath("/"),
                  files.toString(),
                  PathFilter.NONE,
                  "",
                  Pace.free(),
                  new Progress()));
      Duration time = Duration.ofNanos(System.nanoTime() - begin);
      if (result.parts().size() < PARTS) {
        throw new IllegalStateException("parts are missing");
      }
      panel.failed(backup);
      return time;
    }
  }

  private static void remove(Path directory) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> tree = Files.walk(directory)) {
      tree.sorted(Comparator.reverseOrder()).forEach(all::add);
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
