package dev.wings.fs.archive.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.fs.archive.tree.ArchiveFileSystem;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.SandboxOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Archives of every format with bytes changed, taken out and put in: an extraction ends with the
/// files or with one of its documented exceptions, within its limits, and touches nothing else.
/// `-Dwings.fuzz.rounds` makes more rounds, `-Dwings.fuzz.seed` others.
class ArchiveFuzzTest {
  private static final int ROUNDS = Integer.getInteger("wings.fuzz.rounds", 60);
  private static final long SEED = Long.getLong("wings.fuzz.seed", 20_261_125L);

  /// Never given back when the host clears the volume: enough for all rounds.
  private static final long DISK_BYTES = 512L << 20;

  private static final ExtractionLimits LIMITS =
      ExtractionLimits.DEFAULT.withDecoderBytes(16 << 20).withRatio(1000, 8 << 20);

  @TempDir Path host;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.tar",
        "a.tar.gz",
        "a.tar.xz",
        "a.tar.lz",
        "a.tar.bz2",
        "a.tar.lz4",
        "a.tar.zst",
        "sparse.tar",
        "a.zip",
        "lzma.zip",
        "a.7z",
        "old.rar",
        "new.rar"
      })
  @Timeout(120)
  @Proves("AR-06")
  void damagedArchivesEndInFilesOrDocumentedErrors(String name) throws Exception {
    byte[] valid = archive(name);
    Random random = new Random(SEED + name.hashCode());
    Path place = Files.createDirectory(host.resolve("place"));
    try (ExtractionFixture fixture =
        new ExtractionFixture(place, SandboxOptions.defaults().withGate(limit()))) {
      for (int round = 0; round < ROUNDS; round++) {
        byte[] damaged = round == 0 ? valid : damage(valid, random);
        Files.write(fixture.volume().resolve(name), damaged);
        try {
          fixture.extract(name, LIMITS, PathFilter.NONE, new Progress());
        } catch (ArchiveException | DiskLimitException | FileSystemException documented) {
          assertThat(documented.getMessage()).isNotNull();
          assertThat(round).as(documented.getMessage()).isNotZero();
        } catch (IOException | RuntimeException undocumented) {
          fail("%s, seed %d, round %d".formatted(name, SEED, round), undocumented);
        }
        browse(fixture.volume().resolve(name), round);
        fixture.assertNothingOutsideChanged();
        assertThat(fixture.linksThatLeadOut()).isEmpty();
        fixture.clear();
      }
    }
  }

  private static DiskLimit limit() {
    DiskLimit limit = new DiskLimit();
    limit.limit(DISK_BYTES);
    return limit;
  }

  private void browse(Path archive, int round) {
    String name = archive.toString();
    if (!name.endsWith(".zip") && !name.endsWith(".7z")) {
      return;
    }
    try (ArchiveFileSystem tree = ArchiveFileSystem.open(archive);
        Stream<Path> files = Files.walk(tree.root())) {
      for (Path file : files.filter(Files::isRegularFile).limit(20).toList()) {
        try (InputStream in = Files.newInputStream(file)) {
          in.skipNBytes(0);
          in.readNBytes(1 << 20);
        }
      }
    } catch (ArchiveException | FileSystemException documented) {
      assertThat(documented.getMessage()).isNotNull();
    } catch (java.io.UncheckedIOException documented) {
      assertThat(documented.getCause())
          .isInstanceOfAny(ArchiveException.class, FileSystemException.class);
    } catch (IOException | RuntimeException undocumented) {
      fail("browsing %s, seed %d, round %d".formatted(name, SEED, round), undocumented);
    }
  }

  private static byte[] damage(byte[] valid, Random random) {
    byte[] result = valid.clone();
    int kind = random.nextInt(10);
    if (kind == 0) {
      return Arrays.copyOf(result, random.nextInt(result.length));
    }
    if (kind == 1) {
      int from = random.nextInt(result.length);
      int length = random.nextInt(Math.min(512, result.length - from) + 1);
      byte[] shorter = Arrays.copyOf(result, result.length - length);
      System.arraycopy(result, from + length, shorter, from, shorter.length - from);
      return shorter;
    }
    int changes = 1 + random.nextInt(8);
    // headers are at both ends
    int span = random.nextBoolean() ? result.length : Math.min(result.length, 600);
    boolean back = random.nextBoolean();
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(span);
      int place = back ? result.length - 1 - at : at;
      result[place] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) 0xff;
            case 1 -> 0;
            case 2 -> (byte) (result[place] ^ 1 << random.nextInt(8));
            default -> (byte) random.nextInt(256);
          };
    }
    if (random.nextBoolean()) {
      repair(result);
    }
    return result;
  }

  /// Makes the headers of a tar valid again, so that damage behind the checksum is reached.
  private static void repair(byte[] archive) {
    for (int at = 0; at + TarHeader.BLOCK_BYTES <= archive.length; at += TarHeader.BLOCK_BYTES) {
      if (archive[at + 257] == 'u' && archive[at + 258] == 's') {
        byte[] block = Arrays.copyOfRange(archive, at, at + TarHeader.BLOCK_BYTES);
        System.arraycopy(CraftedTar.sum(block), 0, archive, at, block.length);
      }
    }
  }

  private byte[] archive(String name) throws IOException, InterruptedException {
    if (name.equals("old.rar")) {
      return CraftedRar.version4().file("a", "first").file("d\\b", "second").bytes();
    }
    if (name.equals("new.rar")) {
      return CraftedRar.version5()
          .file("a", "first")
          .file("d/b", "second")
          .link("h", 4, "a")
          .bytes();
    }
    Path source = Files.createDirectory(host.resolve("source"));
    ArchiveTools.run(
        source,
        "seq 1 3000 > a; mkdir -p d/e; seq 1 100 | rev > d/b; : > d/e/empty; ln -s d/b link;"
            + " ln a hard; truncate -s 1M hole; echo end >> hole;"
            + " head -c 20000 /dev/urandom > random");
    String made = "../" + name;
    ArchiveTools.run(
        source,
        switch (name) {
          case "a.tar" -> "tar --format=posix -cf ../a.tar .";
          case "a.tar.gz" -> "tar -czf ../a.tar.gz .";
          case "a.tar.xz" -> "tar -cJf ../a.tar.xz .";
          case "a.tar.lz" -> "tar --lzip -cf ../a.tar.lz .";
          case "a.tar.bz2" -> "tar -cjf ../a.tar.bz2 .";
          case "a.tar.lz4" -> "tar -cf - . | lz4 -q > ../a.tar.lz4";
          case "a.tar.zst" -> "tar --zstd -cf ../a.tar.zst .";
          case "sparse.tar" -> "tar -S --format=posix -cf ../sparse.tar hole a";
          case "a.zip" -> "zip -q -r -y " + made + " .";
          case "lzma.zip" -> "7z a -bd -tzip -mm=LZMA " + made + " .";
          default -> "7z a -bd " + made + " .";
        });
    return Files.readAllBytes(host.resolve(name));
  }
}
