package dev.wings.fs.archive.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import dev.wings.fs.ignore.PathFilter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;
import org.apache.commons.compress.archivers.sevenz.SevenZOutputFile;
import org.apache.commons.compress.archivers.zip.Zip64Mode;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Names, links and formats that try to get somewhere.
class HostileArchiveTest {
  private static final List<String> ESCAPING =
      List.of(
          "../evil",
          "../../evil",
          "a/../../evil",
          "a/b/../../../../evil",
          "./../evil",
          "a/..",
          "..",
          "../",
          "../out-sibling/evil",
          "../../volume-sibling/evil",
          "/evil",
          "//evil",
          "/",
          "/../evil",
          "C:/evil",
          "c:evil",
          "C:\\evil",
          "",
          ".",
          "./",
          "././.",
          "//");

  @TempDir Path host;

  private ExtractionFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new ExtractionFixture(host);
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
    fixture.assertNothingOutsideChanged();
  }

  enum Maker {
    TAR("a.tar"),
    TAR_GZ("a.tar.gz"),
    TAR_PAX("pax.tar"),
    ZIP("a.zip"),
    ZIP64("wide.zip"),
    SEVEN_ZIP("a.7z"),
    RAR4("old.rar"),
    RAR5("new.rar");

    private final String fileName;

    Maker(String fileName) {
      this.fileName = fileName;
    }

    byte[] archive(List<String> names) throws IOException {
      return switch (this) {
        case TAR -> tar(names);
        case TAR_GZ -> gzip(tar(names));
        case TAR_PAX -> pax(names);
        case ZIP -> zip(names);
        case ZIP64 -> zip64(names);
        case SEVEN_ZIP -> sevenZip(names);
        case RAR4 -> rar(CraftedRar.version4(), names);
        case RAR5 -> rar(CraftedRar.version5(), names);
      };
    }

    private static byte[] tar(List<String> names) {
      CraftedTar tar = new CraftedTar();
      names.forEach(name -> tar.file(name, "content"));
      return tar.bytes();
    }

    private static byte[] pax(List<String> names) {
      CraftedTar tar = new CraftedTar();
      for (String name : names) {
        String record = " path=" + name + "\n";
        int length = record.length() + 2;
        length = record.length() + String.valueOf(length).length();
        length = record.length() + String.valueOf(length).length();
        tar.header('x', length + record).file("plain", "content");
      }
      return tar.bytes();
    }

    private static byte[] zip(List<String> names) {
      CraftedZip zip = new CraftedZip();
      names.forEach(name -> zip.file(name, "content"));
      return zip.bytes();
    }

    private static byte[] zip64(List<String> names) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(bytes)) {
        zip.setUseZip64(Zip64Mode.Always);
        for (String name : names) {
          zip.putArchiveEntry(new ZipArchiveEntry(name));
          zip.write("content".getBytes(StandardCharsets.UTF_8));
          zip.closeArchiveEntry();
        }
      }
      return bytes.toByteArray();
    }

    private static byte[] sevenZip(List<String> names) throws IOException {
      SeekableInMemoryByteChannel channel = new SeekableInMemoryByteChannel();
      try (SevenZOutputFile file = new SevenZOutputFile(channel)) {
        for (String name : names) {
          SevenZArchiveEntry entry = new SevenZArchiveEntry();
          entry.setName(name);
          file.putArchiveEntry(entry);
          file.write("content".getBytes(StandardCharsets.UTF_8));
          file.closeArchiveEntry();
        }
      }
      return java.util.Arrays.copyOf(channel.array(), (int) channel.size());
    }

    private static byte[] rar(CraftedRar rar, List<String> names) {
      names.forEach(name -> rar.file(name, "content"));
      return rar.bytes();
    }
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @EnumSource
  @Proves("AR-01")
  void namesThatLeadOutAreSkippedInEveryFormat(Maker maker) throws Exception {
    for (String name : ESCAPING) {
      if (maker == Maker.ZIP64 && (name.endsWith("/") || name.isEmpty())) {
        continue; // the library that makes them takes these for directories
      }
      if (maker.fileName.endsWith(".rar") && name.isEmpty()) {
        assertThatThrownBy(() -> fixture.extract(maker.fileName, maker.archive(List.of(name))))
            .isInstanceOf(ArchiveException.class);
        continue;
      }
      ExtractionResult result =
          fixture.extract(maker.fileName, maker.archive(List.of("before", name, "after")));

      assertThat(fixture.tree()).as(name).containsExactly("after", "before");
      assertThat(result.written()).as(name).isEqualTo(2);
      fixture.assertNothingOutsideChanged();
      fixture.clear();
    }
  }

  @ParameterizedTest
  @EnumSource
  @Proves("AR-01")
  void namesThatNoFileCanHaveEndTheExtraction(Maker maker) throws Exception {
    String tooLong = "n".repeat(256);

    assertThatThrownBy(
            () -> fixture.extract(maker.fileName, maker.archive(List.of("before", tooLong))))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("255 bytes");
  }

  @ParameterizedTest
  @EnumSource(names = {"ZIP", "ZIP64", "SEVEN_ZIP", "RAR4", "RAR5"})
  @Proves("AR-01")
  void twoEntriesOfOneNameAreRefusedBeforeAnythingIsWritten(Maker maker) throws Exception {
    assertThatThrownBy(() ->
            fixture.extract(maker.fileName, maker.archive(List.of("before", "a/x", "./a//x"))))
        .isInstanceOf(ArchiveException.class)
        .hasMessage("the archive has two entries 'a/x'");
    assertThat(fixture.tree()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ZIP64") // its library changes backslashes
  @Proves("AR-02")
  void backslashesNeverLeadAnywhere(Maker maker) throws Exception {
    List<String> names =
        List.of("..\\..\\evil", "a\\..\\..\\..\\evil", "good\\evil", "..\\evil", "x/..\\..\\evil");

    fixture.extract(maker.fileName, maker.archive(names));

    fixture.assertNothingOutsideChanged();
    if (maker == Maker.RAR4) { // where a backslash is the separator
      assertThat(fixture.tree()).containsExactly("good", "good/evil");
    } else {
      assertThat(fixture.tree())
          .containsExactlyInAnyOrder(
              "..\\..\\evil",
              "..\\evil",
              "a\\..\\..\\..\\evil",
              "good\\evil",
              "x",
              "x/..\\..\\evil");
    }
  }

  @Test
  @Proves("AR-02")
  void aSevenZipNameThatBeginsWithABackslashIsSkipped() throws Exception {
    fixture.extract("a.7z", Maker.SEVEN_ZIP.archive(List.of("\\evil", "good")));

    assertThat(fixture.tree()).containsExactly("good");
  }

  @Test
  @Proves("AR-03")
  void nothingIsWrittenThroughALinkOfTheSameTar() throws Exception {
    String outside = fixture.outside().toString();
    List<CraftedTar> archives =
        List.of(
            new CraftedTar().link("l", "..").file("l/evil", "x"),
            new CraftedTar().link("l", "../../outside").file("l/canary", "x"),
            new CraftedTar().link("l", outside).file("l/canary", "x"),
            new CraftedTar().link("l", outside + "/canary").file("l", "x"),
            new CraftedTar().file("l/evil", "x").link("l", "../.."),
            new CraftedTar().link("a", ".").link("a/b", "..").file("a/b/evil", "x"),
            new CraftedTar().link("d/a", "..").link("b", "d/a/../..").file("b/evil", "x"),
            new CraftedTar().link("l", outside + "/canary").hardLink("h", "l").file("h", "x"),
            new CraftedTar().hardLink("h", "../../outside/canary").file("h", "x"),
            new CraftedTar().hardLink("h", outside + "/canary").file("h", "x"),
            new CraftedTar().entry("l", '5', "", "").link("l", "..").file("l/evil", "x"));
    for (CraftedTar archive : archives) {
      fixture.extract("a.tar", archive.bytes());

      fixture.assertNothingOutsideChanged();
      assertThat(fixture.linksThatLeadOut()).isEmpty();
      assertThat(Files.exists(fixture.volume().resolve("evil"))).isFalse();
      fixture.clear();
    }
  }

  @Test
  @Proves("AR-03")
  void nothingIsWrittenThroughALinkOfTheSameZip() throws Exception {
    List<CraftedZip> archives =
        List.of(
            new CraftedZip().link("l", "..").file("l/evil", "x"),
            new CraftedZip().link("l", "../../outside").file("l/canary", "x"),
            new CraftedZip().file("l/evil", "x").link("m", "../..").file("m/evil", "x"),
            new CraftedZip().link("a", ".").link("a/b", "..").file("a/b/evil", "x"));
    for (CraftedZip archive : archives) {
      fixture.extract("a.zip", archive.bytes());

      fixture.assertNothingOutsideChanged();
      assertThat(fixture.linksThatLeadOut()).isEmpty();
      assertThat(Files.exists(fixture.volume().resolve("evil"))).isFalse();
      fixture.clear();
    }
  }

  @Test
  @Proves("AR-03")
  void linksOfAnEarlierArchiveAreReplacedByTheFilesOfALaterOne() throws Exception {
    fixture.extract("a.tar", new CraftedTar().file("real", "kept").link("l", "real").bytes());
    fixture.extract("b.tar", new CraftedTar().file("l", "own").bytes());

    assertThat(fixture.out().resolve("real")).hasContent("kept");
    assertThat(fixture.out().resolve("l")).hasContent("own");
    assertThat(Files.isSymbolicLink(fixture.out().resolve("l"))).isFalse();
  }

  @Test
  void aHardLinkOntoItsOwnFileLeavesTheFile() throws Exception {
    Files.createDirectory(fixture.out().resolve("real"));
    Files.writeString(fixture.out().resolve("real/f"), "mine");
    Files.createSymbolicLink(fixture.out().resolve("alias"), Path.of("real"));

    fixture.extract("a.tar", new CraftedTar().hardLink("alias/f", "real/f").bytes());
    fixture.extract("b.tar", new CraftedTar().hardLink("real/f", "real/f").bytes());

    assertThat(fixture.out().resolve("real/f")).hasContent("mine");
  }

  @Test
  void aLaterLinkCountsMoreThanAFileOfItsName() throws Exception {
    for (int i = 0; i < 50; i++) {
      CraftedTar tar = new CraftedTar().file("g", "other");
      tar.file("f", "x".repeat(200_000)).hardLink("f", "g");

      fixture.extract("a.tar", tar.bytes());

      assertThat(fixture.out().resolve("f")).hasContent("other");
    }
  }

  @Test
  @Proves("AR-03")
  void hardLinksLeadOnlyToFilesThatUsersMayHave() throws Exception {
    Files.writeString(fixture.out().resolve("secret"), "hidden");
    PathFilter filter =
        (path, _) -> path.endsWith("secret") ? PathFilter.Verdict.SKIP : PathFilter.Verdict.KEEP;

    ExtractionResult result =
        fixture.extract(
            "a.tar",
            new CraftedTar().hardLink("h", "secret").file("f", "x").hardLink("g", "f").bytes(),
            ExtractionLimits.DEFAULT,
            filter);

    assertThat(fixture.tree()).containsExactly("f", "g", "secret");
    assertThat(result.skipped()).isEqualTo(1);
  }

  @Test
  @Proves("FS-06")
  void deniedPathsAreSkippedByNameAndByRealPlace() throws Exception {
    Files.createDirectories(fixture.out().resolve("hidden"));
    Files.createSymbolicLink(fixture.out().resolve("alias"), Path.of("hidden"));
    PathFilter filter =
        (path, _) ->
            path.equals("out/hidden") || path.startsWith("out/hidden/") || path.endsWith(".key")
                ? PathFilter.Verdict.SKIP
                : PathFilter.Verdict.KEEP;
    CraftedTar archive =
        new CraftedTar()
            .file("hidden/a", "x")
            .file("alias/b", "x")
            .file("alias/deeper/c", "x")
            .file("server.key", "x")
            .link("other.key", "good")
            .file("good", "x");

    fixture.extract("a.tar", archive.bytes(), ExtractionLimits.DEFAULT, filter);

    assertThat(fixture.tree()).containsExactly("alias", "good", "hidden");
  }

  @Test
  void namesOfTheDaemonsOwnFilesAreSkipped() throws Exception {
    fixture.extract(
        "a.tar",
        new CraftedTar().file(".wings-staging-x", "x").file("a/.wings-staging-y/f", "x").bytes());

    assertThat(fixture.tree()).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "213c617263683e0a", // ar
        "303730373031", // cpio
        "303730373037",
        "c771",
        "71c7",
        "60ea2a00", // arj
        "cafed00d", // pack200
        "ff060000734e61507059", // snappy
        "1f9d90", // LZW
        "0000000000000000000000000000000000000000000000006cea0000", // dump
      })
  @Proves("AR-07")
  void formatsThatAreNotOnTheListAreRefused(String head) {
    byte[] bytes = java.util.HexFormat.of().parseHex(head);

    assertThatThrownBy(() -> fixture.extract("a.x", bytes))
        .isInstanceOf(ArchiveException.class)
        .hasMessageEndingWith("archives are not supported");
  }

  @Test
  @Proves("AR-07")
  void decodersThatAreNotOnTheListCannotBeReached() throws Exception {
    List<String> forbidden =
        List.of(
            "StreamFactory",
            "archivers/ar/",
            "archivers/arj/",
            "archivers/cpio/",
            "archivers/dump/",
            "compressors/pack200/",
            "compressors/snappy/",
            "compressors/z/",
            "com/github/junrar/Junrar",
            "LocalFolderExtractor");
    Path classes =
        Path.of(Extraction.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(classes.resolve("dev/wings/fs/archive"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        String constants = Files.readString(file, StandardCharsets.ISO_8859_1);
        forbidden.stream().filter(constants::contains).forEach(f -> found.add(file + " " + f));
      }
    }

    assertThat(found).isEmpty();
  }
}
