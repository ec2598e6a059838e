package dev.wings.fs.archive.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Archives made by other programs read back equal.
class ExtractionTest {
  @TempDir Path host;

  private Path source;
  private Path volume;
  private Sandbox sandbox;

  @BeforeEach
  void open() throws Exception {
    source = Trees.make(host.resolve("source"));
    volume = Files.createDirectory(host.resolve("volume"));
    sandbox = Sandbox.open(volume);
  }

  @AfterEach
  void close() {
    sandbox.close();
  }

  /// Extracts `volume/name` into `volume/out` and removes the archive.
  private ExtractionResult extract(String name) throws IOException {
    return extract(name, new Progress());
  }

  private ExtractionResult extract(String name, Progress progress) throws IOException {
    Path root = sandbox.getPath("/");
    Path out = root.resolve("out");
    Files.createDirectories(out);
    try (Extraction extraction = Extraction.open(root.resolve(name), 2, ExtractionLimits.DEFAULT)) {
      return extraction.run(out, root, PathFilter.NONE, progress);
    }
  }

  private void make(String line) throws IOException, InterruptedException {
    ArchiveTools.run(source, line.replace("OUT", volume.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tar --format=gnu -cf OUT/a.tar .",
        "tar --format=posix -cf OUT/a.tar .",
        "tar --format=oldgnu -czf OUT/a.tar .",
        "tar -czf OUT/a.tar.gz *",
        "tar -cJf OUT/a.txz .",
        "tar --lzip -cf OUT/a.tar.lz .",
        "tar -cjf OUT/a.tbz2 .",
        "tar --zstd -cf OUT/a.tar.zst .",
        "tar -c . | lz4 -q > OUT/a.tar.lz4",
        "bsdtar --format=pax -cf OUT/a.tar .",
        "bsdtar --format=gnutar -czf OUT/a.tgz .",
      })
  void readsTarArchivesWithLinksTimesModesAndNamesOfAnyBytes(String line) throws Exception {
    Trees.addLinks(source);
    Trees.addUnusualNames(source);
    make(line);
    String name = line.replaceAll(".*OUT/([^ ]*).*", "$1");
    Progress progress = new Progress();

    ExtractionResult result = extract(name, progress);

    assertThat(Trees.describe(volume.resolve("out"))).isEqualTo(Trees.describe(source));
    assertThat(result.skipped()).isZero();
    assertThat(result.dropped()).isZero();
    assertThat(progress.bytes())
        .isEqualTo(Files.size(volume.resolve(name)))
        .isEqualTo(progress.total());
    assertThat(progress.files()).isEqualTo(result.written());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-q -r", "-q -r -0", "-q -r -9 -y", "-q -r -Z bzip2 -y", "-q -r -X"})
  void readsZipFilesOfTheZipProgram(String options) throws Exception {
    if (options.contains("y")) {
      ArchiveTools.run(source, "ln -s level.dat world/current");
    }
    make("zip " + options + " OUT/a.zip .");

    extract("a.zip");

    if (options.contains("X")) { // without extra fields there are only times of DOS, in local time
      assertThat(Trees.describe(volume.resolve("out"), "%P %y %m %l"))
          .isEqualTo(Trees.describe(source, "%P %y %m %l"));
    } else {
      assertThat(Trees.describe(volume.resolve("out"))).isEqualTo(Trees.describe(source));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7z a -bd -tzip -mm=LZMA OUT/a.zip .",
        "7z a -bd -tzip -mm=Deflate64 OUT/a.zip .",
        "7z a -bd -tzip -mm=BZip2 OUT/a.zip .",
        "bsdtar --format=zip -cf OUT/a.zip *",
      })
  void readsZipFilesOfOtherPrograms(String line) throws Exception {
    make(line);

    extract("a.zip");

    assertThat(Trees.describe(volume.resolve("out"), "%P %y"))
        .isEqualTo(Trees.describe(source, "%P %y"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-m0=LZMA2",
        "-m0=LZMA",
        "-m0=BZip2",
        "-m0=Deflate",
        "-m0=Deflate64",
        "-m0=Copy",
        "-m0=LZMA2 -ms=off",
        "-m0=BCJ -m1=LZMA",
        "-m0=Delta:4 -m1=LZMA2",
      })
  void readsSevenZipFiles(String options) throws Exception {
    make("7z a -bd " + options + " OUT/a.7z .");

    extract("a.7z");

    assertThat(Trees.describe(volume.resolve("out"), "%P %y"))
        .isEqualTo(Trees.describe(source, "%P %y"));
    assertThat(Files.getLastModifiedTime(volume.resolve("out/start.sh")))
        .isEqualTo(Files.getLastModifiedTime(source.resolve("start.sh")));
  }

  @Test
  void namesTheSevenZipCodecThatIsNotSupported() throws Exception {
    make("7z a -bd -m0=PPMd OUT/a.7z .");

    assertThatThrownBy(() -> extract("a.7z"))
        .isInstanceOf(ArchiveException.class)
        .hasMessage("compression method ppmd of the 7z file is not supported");
  }

  @Test
  void refusesEncryptedArchives() throws Exception {
    make("7z a -bd -psecret OUT/content.7z start.sh");
    make("7z a -bd -psecret -mhe=on OUT/names.7z start.sh");
    make("zip -q -P secret OUT/a.zip start.sh");

    assertThatThrownBy(() -> extract("content.7z")).hasMessage("the 7z file is encrypted");
    assertThatThrownBy(() -> extract("names.7z")).hasMessage("the 7z file is encrypted");
    assertThatThrownBy(() -> extract("a.zip")).hasMessage("'start.sh' is encrypted");
    assertThat(volume.resolve("out")).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=gnu",
        "--format=posix --sparse-version=0.0",
        "--format=posix --sparse-version=0.1",
        "--format=posix --sparse-version=1.0",
      })
  void keepsTheHolesOfSparseFiles(String format) throws Exception {
    ArchiveTools.run(
        source,
        "truncate -s 64M big; for i in $(seq 0 40); do"
            + " echo piece | dd of=big bs=1M seek=$i conv=notrunc status=none; done;"
            + " truncate -s 8M hole");
    make("tar -S " + format + " -czf OUT/a.tgz big hole start.sh");

    extract("a.tgz");

    ArchiveTools.run(
        volume,
        "for f in big hole start.sh; do cmp out/$f "
            + source
            + "/$f; done;"
            + " test $(stat -c %b out/big) -lt 2000; test $(stat -c %b out/hole) -lt 100");
  }

  @Test
  void readsArchivesThatWereJoinedAndTakesTheLaterOfTwoEntries() throws Exception {
    make(
        "tar -cf OUT/a.tar key; echo newer > key; echo b > b; tar -cf OUT/b.tar key b;"
            + " cat OUT/b.tar >> OUT/a.tar");

    extract("a.tar");

    assertThat(volume.resolve("out/key")).hasContent("newer");
    assertThat(volume.resolve("out/b")).hasContent("b");
  }

  @Test
  void extractsOverWhatIsThere() throws Exception {
    Trees.addLinks(source);
    make("tar -cf OUT/a.tar .");
    extract("a.tar");
    ArchiveTools.run(
        volume,
        "cd out; echo longer than before > start.sh; rm key; ln -s ../a.tar key;"
            + " echo other > other; ln -f start.sh world/nothing");

    extract("a.tar");

    ArchiveTools.run(volume, "cd out; test \"$(cat other)\" = other; rm other");
    assertThat(Trees.describe(volume.resolve("out"))).isEqualTo(Trees.describe(source));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gzip -c start.sh > OUT/start.sh.gz",
        "xz -c start.sh > OUT/start.sh.xz",
        "lzip -c start.sh > OUT/start.sh.lz",
        "bzip2 -c start.sh > OUT/start.sh.bz2",
        "lz4 -c start.sh > OUT/start.sh.lz4",
        "zstd -qc start.sh > OUT/start.sh.zst",
        "cat start.sh > OUT/start.sh.unknown",
      })
  void decompressesSingleFilesKeepingModeAndTime(String line) throws Exception {
    make(line);
    String name = line.replaceAll(".*OUT/", "");
    ArchiveTools.run(volume, "chmod 640 " + name + "; touch -d '2020-02-02 02:02:02Z' " + name);

    extract(name);

    assertThat(volume.resolve("out/start.sh")).hasSameTextualContentAs(source.resolve("start.sh"));
    assertThat(Files.getLastModifiedTime(volume.resolve("out/start.sh")))
        .isEqualTo(Files.getLastModifiedTime(volume.resolve(name)));
    assertThat(Files.getPosixFilePermissions(volume.resolve("out/start.sh")))
        .isEqualTo(Files.getPosixFilePermissions(volume.resolve(name)));
  }

  @Test
  void refusesASingleFileThatWouldBecomeItself() throws Exception {
    make("gzip -c start.sh > OUT/plain; : > OUT/empty");

    assertThatThrownBy(() -> extract("plain"))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("no extension to drop");
    assertThatThrownBy(() -> extract("empty")).isInstanceOf(ArchiveException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.ddup", "a.pxar", "a.pxar.zst"})
  void saysWhichFormatsAreNotSupported(String name) throws Exception {
    make("echo x > OUT/" + name);

    assertThatThrownBy(() -> extract(name))
        .isInstanceOf(ArchiveException.class)
        .hasMessageMatching("(ddup|pxar) archives are not supported");
  }

  @Test
  void failsWhenADirectoryIsInPlaceOfAFileAndTheOtherWayRound() throws Exception {
    make("tar -cf OUT/file.tar key; tar -cf OUT/directory.tar world");
    ArchiveTools.run(volume, "mkdir -p out/key; echo x > out/world");

    assertThatThrownBy(() -> extract("file.tar"))
        .isInstanceOf(ArchiveException.class)
        .hasMessage("'key' is a directory, the archive has a file there");
    assertThatThrownBy(() -> extract("directory.tar"))
        .isInstanceOf(ArchiveException.class)
        .hasMessage("'world' is no directory, the archive has one there");
  }

  @Test
  @Proves("AR-04")
  void dropsDevicesSpecialBitsAndForeignOwners() throws Exception {
    ArchiveTools.run(
        source,
        "mkfifo pipe; chmod 6755 start.sh; chmod 1777 empty; setfattr -h -n user.x -v 1 key || :");
    make(
        "tar --owner=1234 --group=4321 --xattrs -cf OUT/a.tar pipe start.sh empty key;"
            + " tar -rf OUT/a.tar -C /dev null zero");

    ExtractionResult result = extract("a.tar");

    assertThat(result.dropped()).isEqualTo(3);
    assertThat(result.written()).isEqualTo(3);
    assertThat(Trees.describe(volume.resolve("out"), "%P %y %m %U"))
        .startsWith("empty d 777 0\nkey f 600 0\nstart.sh f 755 0\n")
        .doesNotContain("pipe")
        .doesNotContain("null");
  }
}
