package dev.wings.fs.archive.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.SystemConfig.CompressionLevel;
import dev.wings.core.operation.Progress;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Archives read back by the programs that people have.
class ArchiveProgramsIT {
  @TempDir private Path host;
  private Path tree;
  private Path out;
  private Path archive;
  private final ArchiveWriter writer = new ArchiveWriter(200L << 20, new SplittableRandom(3));

  @BeforeEach
  void directories() throws IOException {
    tree = Files.createDirectory(host.resolve("tree"));
    out = Files.createDirectory(host.resolve("out"));
    archive = host.resolve("archive");
  }

  @AfterEach
  void nothingStaysOpen() throws IOException {
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private ArchiveReport write(ArchiveFormat format, CompressionLevel level) throws IOException {
    try (Sandbox sandbox = Sandbox.open(tree);
        OutputStream target = Files.newOutputStream(archive)) {
      return writer.write(
          ArchiveSource.of(sandbox.getPath("/")),
          new ArchiveSettings(format, level, 3),
          target,
          new Progress());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TAR, cat",
    "TAR_GZ, gzip",
    "TAR_XZ, xz",
    "TAR_LZIP, lzip",
    "TAR_BZ2, bzip2",
    "TAR_LZ4, lz4",
    "TAR_ZSTD, zstd"
  })
  void gnuTarReadsEveryCompressionBackEqual(ArchiveFormat format, String program) throws Exception {
    Programs.need("tar", program);
    SampleTree.make(tree, SampleTree.Names.ODD);
    Programs.run(tree, "mkfifo", "fifo");

    ArchiveReport report = write(format, CompressionLevel.BEST_SPEED);

    if (format != ArchiveFormat.TAR) {
      Programs.run(host, program, "-t", archive.toString());
    }
    Programs.run(
        out,
        "sh",
        "-c",
        program + (program.equals("cat") ? "" : " -dc") + " < " + archive + " | tar -xpf -");
    Files.delete(tree.resolve("fifo"));
    assertThat(TreeSnapshot.of(out)).isEqualTo(TreeSnapshot.of(tree));
    assertThat(report.troubles()).isZero();
    assertThat(report.entries()).isEqualTo(TreeSnapshot.of(tree).size());
    assertThat(report.bytes()).isEqualTo(Files.size(archive));
  }

  @Test
  void gnuTarFindsTheHolesAgain() throws Exception {
    Programs.need("tar", "du");
    SampleTree.make(tree, SampleTree.Names.ODD);

    write(ArchiveFormat.TAR, CompressionLevel.BEST_SPEED);
    Programs.run(out, "tar", "-xpf", archive.toString());

    assertThat(blocks(out.resolve("sparse"))).isLessThan(2048);
    assertThat(Files.size(archive)).isLessThan(30_000_000);
  }

  private static long blocks(Path directory) throws Exception {
    return Long.parseLong(Programs.run(directory, "du", "-sk", ".").split("\\s")[0]);
  }

  @Test
  void bsdtarReadsTarBackEqual() throws Exception {
    Programs.need("bsdtar");
    SampleTree.make(tree, SampleTree.Names.ODD);

    write(ArchiveFormat.TAR_GZ, CompressionLevel.GOOD_SPEED);
    Programs.run(out, "bsdtar", "-xpf", archive.toString());

    assertThat(TreeSnapshot.of(out)).isEqualTo(TreeSnapshot.of(tree));
  }

  @Test
  void unzipReadsZipBackEqual() throws Exception {
    Programs.need("unzip", "zip");
    SampleTree.make(tree, SampleTree.Names.TAME);

    write(ArchiveFormat.ZIP, CompressionLevel.BEST_SPEED);

    Programs.run(host, "unzip", "-tqq", archive.toString());
    Programs.run(out, "unzip", "-q", archive.toString());
    Map<String, TreeSnapshot.Item> expected =
        TreeSnapshot.map(TreeSnapshot.of(tree), ArchiveProgramsIT::zipped);
    assertThat(TreeSnapshot.map(TreeSnapshot.of(out), ArchiveProgramsIT::zipped))
        .isEqualTo(expected);
  }

  /// Without hard links, which zip does not know, and without times of links, which unzip leaves.
  private static TreeSnapshot.Item zipped(TreeSnapshot.Item item) {
    return item.type().equals("l")
        ? new TreeSnapshot.Item("l", 0777, 0, 0, 0, item.target(), "")
        : item.withoutLinks();
  }

  @Test
  void bsdtarReadsZipWithAnyNameBackEqual() throws Exception {
    Programs.need("bsdtar");
    SampleTree.make(tree, SampleTree.Names.ODD);
    Files.delete(tree.resolve("back\\slash")); // a separator to bsdtar, in zip archives only

    write(ArchiveFormat.ZIP, CompressionLevel.GOOD_COMPRESSION);
    Programs.run(out, "bsdtar", "-xpf", archive.toString());

    assertThat(TreeSnapshot.map(TreeSnapshot.of(out), TreeSnapshot.Item::withoutLinks))
        .isEqualTo(TreeSnapshot.map(TreeSnapshot.of(tree), TreeSnapshot.Item::withoutLinks));
  }

  @ParameterizedTest
  @CsvSource({"7z", "bsdtar"})
  void sevenZipIsReadBackEqual(String program) throws Exception {
    Programs.need(program);
    SampleTree.make(tree, SampleTree.Names.TAME);

    try (Sandbox sandbox = Sandbox.open(host)) {
      writer.writeFile(
          ArchiveSource.of(sandbox.getPath("/tree")),
          new ArchiveSettings(ArchiveFormat.SEVEN_ZIP, CompressionLevel.BEST_SPEED, 3),
          sandbox.getPath("/archive"),
          new Progress());
    }

    if (program.equals("7z")) {
      Programs.run(out, "7z", "t", archive.toString());
      Programs.run(out, "7z", "x", "-bd", archive.toString());
    } else {
      Programs.run(out, "bsdtar", "-xf", archive.toString());
    }
    assertThat(TreeSnapshot.map(TreeSnapshot.of(out), ArchiveProgramsIT::sevenZipped))
        .isEqualTo(TreeSnapshot.map(TreeSnapshot.of(tree), ArchiveProgramsIT::sevenZipped));
  }

  /// Without modes, links, and times of directories, which not every reader sets.
  private static TreeSnapshot.@Nullable Item sevenZipped(TreeSnapshot.Item item) {
    return switch (item.type()) {
      case "l" -> null;
      case "d" -> new TreeSnapshot.Item("d", 0, 0, 0, 0, "", "");
      default -> item.withoutLinks().withoutMode();
    };
  }

  @ParameterizedTest
  @EnumSource(CompressionLevel.class)
  void everyLevelOfEveryCompressionIsRead(CompressionLevel level) throws Exception {
    Programs.need("tar", "gzip", "xz", "lzip", "bzip2", "lz4", "zstd");
    Files.writeString(tree.resolve("log"), "[12:00:00 INFO]: player joined\n".repeat(100_000));

    for (String format :
        new String[] {"GZ gzip", "XZ xz", "LZIP lzip", "BZ2 bzip2", "LZ4 lz4", "ZSTD zstd"}) {
      String[] words = format.split(" ");
      write(ArchiveFormat.valueOf("TAR_" + words[0]), level);
      String listing =
          Programs.run(out, "sh", "-c", words[1] + " -dc < " + archive + " | tar -tvf -");
      assertThat(listing).contains("3100000", " log");
    }
  }

  @Test
  void aZipOfManyEntriesHasZip64Records() throws Exception {
    Programs.need("unzip");
    Path many = Files.createDirectory(tree.resolve("many"));
    for (int i = 0; i < 300; i++) {
      Path directory = Files.createDirectory(many.resolve("d" + i));
      for (int j = 0; j < 220; j++) {
        Files.createFile(directory.resolve("f" + j));
      }
    }

    ArchiveReport report = write(ArchiveFormat.ZIP, CompressionLevel.BEST_SPEED);

    assertThat(report.entries()).isEqualTo(66_301);
    assertThat(Programs.run(host, "unzip", "-Zh", archive.toString())).contains("66301");
  }
}
