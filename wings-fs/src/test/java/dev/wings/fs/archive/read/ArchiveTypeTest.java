package dev.wings.fs.archive.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.fs.archive.Compression;
import dev.wings.fs.archive.read.ArchiveType.Kind;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArchiveTypeTest {
  private static final byte[] NOTHING = {};

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  @ParameterizedTest
  @CsvSource({
    "504b0304, x.bin, ZIP",
    "504b0506, x, ZIP",
    "504b0708, x, ZIP",
    "526172211a0700, x, RAR",
    "526172211a070100, x.tar.gz, RAR",
    "377abcaf271c, x.zip, SEVEN_ZIP",
    "efac88e5746495d5, x, PXAR",
    "0da416df756c0f73, x.tar, PXAR",
    "4444555042414b00, x, DDUP",
  })
  void takesContainersByTheirFirstBytes(String head, String name, Kind kind) {
    assertThat(ArchiveType.of(hex(head), name)).isEqualTo(new ArchiveType(kind, Compression.NONE));
  }

  @ParameterizedTest
  @CsvSource({
    "1f8b, GZ",
    "425a68, BZ2",
    "fd377a585a00, XZ",
    "4c5a4950, LZIP",
    "04224d18, LZ4",
    "28b52ffd, ZSTD",
  })
  void takesTheCompressionByTheFirstBytesAndTheContainerByTheName(
      String head, Compression compression) {
    assertThat(ArchiveType.of(hex(head), "a.tar.anything"))
        .isEqualTo(new ArchiveType(Kind.TAR, compression));
    assertThat(ArchiveType.of(hex(head), "A.TGZ"))
        .isEqualTo(new ArchiveType(Kind.TAR, compression));
    assertThat(ArchiveType.of(hex(head), "latest.log.gz"))
        .isEqualTo(new ArchiveType(Kind.SINGLE, compression));
    assertThat(ArchiveType.of(hex(head), "a.pxar.x").kind()).isEqualTo(Kind.PXAR);
  }

  @ParameterizedTest
  @CsvSource({
    "a.tar, TAR",
    "a.tgz, TAR",
    "a.tbz, TAR",
    "a.tbz2, TAR",
    "a.txz, TAR",
    "a.tlz, TAR",
    "a.tlzf, TAR",
    "a.tlz4, TAR",
    "a.tzst, TAR",
    "a.ddup, DDUP",
    "a.pxar, PXAR",
    "a.zip, SINGLE",
    "tar, SINGLE",
    "tgz, SINGLE",
    "a.txt, SINGLE",
    "a, SINGLE",
  })
  void takesAnythingElseByItsName(String name, Kind kind) {
    assertThat(ArchiveType.of(NOTHING, name)).isEqualTo(new ArchiveType(kind, Compression.NONE));
  }

  @Test
  void knowsATarByItsMagicWhateverItIsCalled() {
    byte[] head = new byte[ArchiveType.HEAD_BYTES];
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, head, 257, 5);

    assertThat(ArchiveType.of(head, "backup").kind()).isEqualTo(Kind.TAR);
  }

  @Test
  void tellsArchivesFromCompressedFiles() {
    assertThat(ArchiveType.of(hex("1f8b"), "a.gz").compressedFile()).isTrue();
    assertThat(ArchiveType.of(hex("1f8b"), "a.gz").archive()).isFalse();
    assertThat(ArchiveType.of(hex("1f8b"), "a.tgz").archive()).isTrue();
    assertThat(ArchiveType.of(NOTHING, "a.txt").compressedFile()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"foo.gz, foo", "a.b.xz, a.b", "foo, foo", ".gz, .gz", "foo., foo"})
  void dropsTheLastExtension(String name, String stem) {
    assertThat(ArchiveType.stem(name)).isEqualTo(stem);
  }
}
