package dev.wings.fs.archive.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.SystemConfig.CompressionLevel;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Archives of a tree that several writers change all the time.
class ChangingTreeIT {
  private static final int WRITERS = 3;
  private static final int RUNS = Integer.getInteger("wings.archive.runs", 6);
  private static final int FILES = 80;

  @TempDir private Path host;

  @ParameterizedTest
  @CsvSource({
    "TAR, cat",
    "TAR_GZ, gzip -dc",
    "TAR_XZ, xz -dc",
    "TAR_LZIP, lzip -dc",
    "TAR_BZ2, bzip2 -dc",
    "TAR_LZ4, lz4 -dc",
    "TAR_ZSTD, zstd -dc",
    "ZIP, unzip -tqq",
    "SEVEN_ZIP, 7z t"
  })
  @Proves("AR-09")
  void everyArchiveOpensWithAnIndependentReader(ArchiveFormat format, String program)
      throws Exception {
    Programs.need(program.split(" ")[0], "tar");
    Path tree = host.resolve("tree");
    Files.createDirectories(tree.resolve("d/e"));
    AtomicBoolean stop = new AtomicBoolean();
    List<Future<?>> writers = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(WRITERS)) {
      for (int i = 0; i < WRITERS; i++) {
        int seed = i;
        writers.add(
            pool.submit(() -> {
              Mutator mutator = new Mutator(tree, new Random(seed));
              while (!stop.get()) {
                mutator.step();
              }
              return mutator.steps > mutator.lost;
            }));
      }
      try {
        for (int run = 0; run < RUNS; run++) {
          archiveAndVerify(format, program);
        }
      } finally {
        stop.set(true);
      }
      for (Future<?> writer : writers) {
        assertThat(writer.get(1, TimeUnit.MINUTES)).isEqualTo(true);
      }
    }
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private void archiveAndVerify(ArchiveFormat format, String program) throws Exception {
    Path archive = host.resolve("archive");
    try (Sandbox sandbox = Sandbox.open(host)) {
      new ArchiveWriter(64L << 20, new SplittableRandom(1))
          .writeFile(
              ArchiveSource.of(sandbox.getPath("/tree")),
              new ArchiveSettings(format, CompressionLevel.BEST_SPEED, 2),
              sandbox.getPath("/archive"),
              new Progress());
    }
    switch (format.container()) {
      case TAR ->
          Programs.run(
              host,
              "bash",
              "-c",
              "set -o pipefail; " + program + " archive | tar -xOf - > /dev/null");
      case ZIP, SEVEN_ZIP -> {
        List<String> command = new ArrayList<>(List.of(program.split(" ")));
        command.add(archive.toString());
        Programs.run(host, command.toArray(String[]::new));
      }
      case ITAF -> throw new IllegalStateException();
    }
  }

  /// Changes files in every way that a game server could. Others do the same at the same time, so
  /// most steps may find that something else is there.
  private static final class Mutator {
    private final Path tree;
    private final Random random;
    private int steps;
    private int lost;

    Mutator(Path tree, Random random) {
      this.tree = tree;
      this.random = random;
    }

    private Path any() {
      String[] directories = {"", "d/", "d/e/"};
      return tree.resolve(
          directories[random.nextInt(directories.length)] + "f" + random.nextInt(FILES));
    }

    void step() {
      Path path = any();
      steps++;
      try {
        switch (random.nextInt(8)) {
          case 0, 1 -> Files.write(path, bytes(random.nextInt(60_000)));
          case 2 -> Files.write(path, bytes(random.nextInt(20_000)), StandardOpenOption.APPEND);
          case 3 -> {
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
              file.truncate(random.nextInt(30_000));
            }
          }
          case 4 -> Files.delete(path);
          case 5 -> Files.move(path, any(), StandardCopyOption.REPLACE_EXISTING);
          case 6 -> {
            Files.deleteIfExists(path);
            Files.createSymbolicLink(path, Path.of("f" + random.nextInt(FILES)));
          }
          default -> {
            Files.deleteIfExists(path);
            Files.createDirectory(path);
          }
        }
      } catch (IOException expected) {
        lost++; // missing, of another kind, or not empty: another writer was faster
      }
    }

    private byte[] bytes(int length) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return bytes;
    }
  }
}
