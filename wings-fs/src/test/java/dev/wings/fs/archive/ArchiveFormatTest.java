package dev.wings.fs.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.SystemConfig.CompressionLevel;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ArchiveFormatTest {
  @Test
  void hasTheNamesOfTheProtocol() {
    List<String> lines =
        Arrays.stream(ArchiveFormat.values())
            .map(f -> f.wireName() + " " + f.extension() + " " + f.contentType())
            .toList();

    assertThat(lines)
        .containsExactly(
            "tar tar application/x-tar",
            "tar_gz tar.gz application/gzip",
            "tar_xz tar.xz application/x-xz",
            "tar_lzip tar.lz application/x-lzip",
            "tar_bz2 tar.bz2 application/x-bzip2",
            "tar_lz4 tar.lz4 application/x-lz4",
            "tar_zstd tar.zst application/zstd",
            "zip zip application/zip",
            "seven_zip 7z application/x-7z-compressed",
            "itaf itaf application/octet-stream",
            "itaf_gz itaf.gz application/gzip",
            "itaf_xz itaf.xz application/x-xz",
            "itaf_lzip itaf.lz application/x-lzip",
            "itaf_bz2 itaf.bz2 application/x-bzip2",
            "itaf_lz4 itaf.lz4 application/x-lz4",
            "itaf_zstd itaf.zst application/zstd");
  }

  @Test
  void onlySevenZipCannotBeStreamedAndOnlyTarAndItafAreTransferred() {
    assertThat(ArchiveFormat.values())
        .filteredOn(f -> !f.streamable())
        .containsExactly(ArchiveFormat.SEVEN_ZIP);
    assertThat(ArchiveFormat.values())
        .filteredOn(f -> !f.transferable())
        .containsExactly(ArchiveFormat.ZIP, ArchiveFormat.SEVEN_ZIP);
  }

  @Test
  void findsEveryFormatByItsWireNameAndByAFileName() {
    for (ArchiveFormat format : ArchiveFormat.values()) {
      assertThat(ArchiveFormat.parse(format.wireName())).contains(format);
      assertThat(ArchiveFormat.ofFileName("World." + format.extension().toUpperCase(Locale.ROOT)))
          .contains(format);
    }
    assertThat(ArchiveFormat.parse("rar")).isEmpty();
    assertThat(ArchiveFormat.ofFileName("tar")).isEmpty();
    assertThat(ArchiveFormat.ofFileName("latest.log.gz")).isEmpty();
  }

  @Test
  void namesAnArchiveThatNobodyNamedByTheLocalTime() {
    ZonedDateTime now = ZonedDateTime.parse("2026-08-01T10:11:12.9+02:00");

    assertThat(ArchiveFormat.TAR_GZ.fileName(now))
        .isEqualTo("archive-2026-08-01T101112+0200.tar.gz");
    assertThat(ArchiveFormat.ZIP.fileName(now.withZoneSameInstant(ZoneOffset.UTC)))
        .isEqualTo("archive-2026-08-01T081112+0000.zip");
  }

  @Test
  void knowsEveryFormatOfTheConfiguration() {
    for (SystemConfig.ArchiveFormat configured : SystemConfig.ArchiveFormat.values()) {
      assertThat(ArchiveFormat.of(configured).wireName()).isEqualTo(configured.wireName());
    }
  }

  @Test
  void hasATarInPlaceOfEachItaf() {
    for (ArchiveFormat format : ArchiveFormat.values()) {
      assertThat(format.substitute().writable()).isTrue();
      assertThat(format.substitute().wireName())
          .isEqualTo(format.wireName().replace("itaf", "tar"));
      assertThat(format.substitute().compression()).isEqualTo(format.compression());
    }
  }

  @Test
  void hasTheLevelsOfTheTable() {
    assertThat(levels(ArchiveFormat.TAR)).containsExactly(0, 0, 0, 0);
    for (ArchiveFormat format :
        List.of(
            ArchiveFormat.TAR_GZ,
            ArchiveFormat.TAR_XZ,
            ArchiveFormat.TAR_LZIP,
            ArchiveFormat.TAR_BZ2,
            ArchiveFormat.ZIP,
            ArchiveFormat.SEVEN_ZIP)) {
      assertThat(levels(format)).containsExactly(1, 4, 6, 9);
    }
    assertThat(levels(ArchiveFormat.TAR_ZSTD)).containsExactly(1, 8, 14, 22);
    assertThat(levels(ArchiveFormat.TAR_LZ4)).containsExactly(1, 5, 8, 12);
  }

  private static List<Integer> levels(ArchiveFormat format) {
    return Arrays.stream(CompressionLevel.values()).map(format::level).toList();
  }
}
