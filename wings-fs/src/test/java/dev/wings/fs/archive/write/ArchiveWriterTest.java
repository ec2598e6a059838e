package dev.wings.fs.archive.write;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.config.SystemConfig.CompressionLevel;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.write.ArchiveReport.Finding;
import dev.wings.fs.archive.write.ArchiveReport.Trouble;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxOptions;
import dev.wings.fs.sandbox.SpaceGate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveWriterTest {
  private static final ArchiveSettings TAR = settings(ArchiveFormat.TAR);
  private static final int LARGE = 40 << 20;

  @TempDir private Path host;
  private final ArchiveWriter writer = new ArchiveWriter(64L << 20, new SplittableRandom(3));
  private Sandbox sandbox;

  @BeforeEach
  void open() throws IOException {
    sandbox = Sandbox.open(host);
  }

  @AfterEach
  void nothingIsLeftBehind() throws IOException {
    sandbox.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
    assertThat(staging()).isEmpty();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("wings-archive-"));
  }

  private List<Path> staging() throws IOException {
    try (Stream<Path> all = Files.walk(host)) {
      return all.filter(path -> path.getFileName().toString().startsWith(Sandbox.STAGING_PREFIX))
          .toList();
    }
  }

  private static ArchiveSettings settings(ArchiveFormat format) {
    return new ArchiveSettings(format, CompressionLevel.BEST_SPEED, 2);
  }

  private void file(String name, String content) throws IOException {
    Path path = host.resolve(name);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }

  private ArchiveSource root() {
    return ArchiveSource.of(sandbox.getPath("/"));
  }

  /// Names in a tar of the source, and what the files hold.
  private Map<String, String> tar(ArchiveSource source) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.write(source, TAR, out, new Progress());
    return read(out.toByteArray());
  }

  private static Map<String, String> read(byte[] tar) throws IOException {
    Map<String, String> entries = new LinkedHashMap<>();
    try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        String content =
            entry.isDirectory() || entry.isLink() || entry.isSymbolicLink()
                ? entry.getLinkName()
                : new String(in.readAllBytes(), UTF_8);
        entries.put(entry.getName(), content);
      }
    }
    return entries;
  }

  @Test
  void holdsOnlyTheChosenNamesInTheirOrder() throws IOException {
    file("b/two", "2");
    file("a", "1");
    file("b/one", "1");
    file("c", "3");

    Map<String, String> entries =
        tar(root().only(List.of("b/two", "missing", "a", "/c", "b/../b/one", "missing/x")));

    assertThat(entries)
        .containsExactly(
            Map.entry("b/two", "2"),
            Map.entry("a", "1"),
            Map.entry("c", "3"),
            Map.entry("b/one", "1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "/", "..", "../outside", "a/../..", "//"})
  void aNameThatIsTheRootOrOutsideIsNothing(String name) throws IOException {
    file("volume/a", "1");
    file("outside", "secret");

    assertThat(tar(ArchiveSource.of(sandbox.getPath("/volume")).only(List.of(name)))).isEmpty();
    assertThat(tar(ArchiveSource.of(sandbox.getPath("/volume")).only(List.of()))).isEmpty();
  }

  @Test
  void namesAreRelativeToTheRootOfTheSource() throws IOException {
    file("games/world/level.dat", "level");

    assertThat(tar(ArchiveSource.of(sandbox.getPath("/games"))))
        .containsExactly(Map.entry("world/", ""), Map.entry("world/level.dat", "level"));
  }

  @Test
  void aLinkIsStoredAndNeverFollowed() throws IOException {
    file("secret/key", "key");
    Files.createDirectory(host.resolve("volume"));
    Files.createSymbolicLink(host.resolve("volume/link"), Path.of("../secret"));
    Files.createSymbolicLink(host.resolve("volume/absolute"), Path.of("/etc/passwd"));

    try (Sandbox volume = Sandbox.open(host.resolve("volume"))) {
      ArchiveSource source = ArchiveSource.of(volume.getPath("/"));

      assertThat(tar(source))
          .containsOnly(Map.entry("link", "../secret"), Map.entry("absolute", "/etc/passwd"));
      assertThat(tar(source.only(List.of("link", "link/key", "absolute"))))
          .containsOnly(Map.entry("link", "../secret"), Map.entry("absolute", "/etc/passwd"));
    }
  }

  @Test
  @Proves("FS-06")
  void whatIsDeniedIsNotInTheArchiveWhateverWayLeadsThere() throws IOException {
    file("plugins/secret.yml", "password");
    file("plugins/open.yml", "colour");
    file("private/key", "key");
    file("private/kept/readme", "for all");
    Files.createSymbolicLink(host.resolve("way"), Path.of("private"));
    Files.createSymbolicLink(host.resolve("alias.yml"), Path.of("plugins/secret.yml"));
    PathFilter denied = IgnoreList.lenient(List.of("secret.yml", "private/*", "!private/kept"));
    ArchiveSource source = root().hiding(denied, sandbox.getPath("/"));

    assertThat(tar(source))
        .containsOnlyKeys(
            "plugins/",
            "plugins/open.yml",
            "private/",
            "private/kept/",
            "private/kept/readme",
            "way");
    assertThat(
            tar(
                source.only(
                    List.of(
                        "plugins/secret.yml",
                        "plugins/./secret.yml",
                        "alias.yml",
                        "private/key",
                        "way/key",
                        "way/kept"))))
        .containsOnlyKeys("way/kept/", "way/kept/readme");
    assertThat(
            tar(ArchiveSource.of(sandbox.getPath("/private")).hiding(denied, sandbox.getPath("/"))))
        .containsOnlyKeys("kept/", "kept/readme");
    assertThat(tar(ArchiveSource.of(sandbox.getPath("/way")).hiding(denied, sandbox.getPath("/"))))
        .containsOnlyKeys("kept/", "kept/readme");
  }

  @Test
  void aFileOfTheArchiveReplacesTheOldOneAndIsNotInItself() throws IOException {
    file("world/level.dat", "level");
    file("world/backup.tar", "the old archive");
    file("world/" + Sandbox.STAGING_PREFIX + "other", "half of something");

    ArchiveReport report =
        writer.writeFile(
            ArchiveSource.of(sandbox.getPath("/world")),
            TAR,
            sandbox.getPath("/world/backup.tar"),
            new Progress());

    assertThat(read(Files.readAllBytes(host.resolve("world/backup.tar"))))
        .containsExactly(Map.entry("level.dat", "level"));
    assertThat(report.entries()).isEqualTo(1);
    assertThat(report.bytes()).isEqualTo(Files.size(host.resolve("world/backup.tar")));
    Files.delete(host.resolve("world/" + Sandbox.STAGING_PREFIX + "other"));
  }

  @Test
  void otherFileSystemsAreArchivedAsWell() throws IOException {
    Path zip = host.resolve("view.zip");
    try (var view = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
      Files.createDirectories(view.getPath("/in/side"));
      Files.writeString(view.getPath("/in/side/file"), "x".repeat(3_000_000));
      Files.writeString(view.getPath("/top"), "top");
    }
    try (var view = FileSystems.newFileSystem(zip)) {
      PathFilter hidden =
          (path, _) -> path.equals("top") ? PathFilter.Verdict.SKIP : PathFilter.Verdict.KEEP;
      ArchiveSource source = ArchiveSource.of(view.getPath("/"));

      assertThat(tar(source)).containsKeys("in/", "in/side/", "in/side/file", "top");
      assertThat(tar(source.hiding(hidden, view.getPath("/")).only(List.of("top", "in"))))
          .containsOnlyKeys("in/", "in/side/", "in/side/file")
          .containsEntry("in/side/file", "x".repeat(3_000_000));
    }
  }

  @Test
  void progressCountsBytesAndFilesAndExpectsTheSameTotal() throws IOException {
    file("d/a", "12345");
    file("d/b", "1234567890");
    Files.createSymbolicLink(host.resolve("d/link"), Path.of("a"));
    Progress progress = new Progress();

    try (Measurement _ = Measurement.start(root(), progress)) {
      await().until(() -> progress.total() > 0);
    }
    writer.write(root(), TAR, OutputStream.nullOutputStream(), progress);

    assertThat(progress.files()).isEqualTo(3);
    assertThat(progress.bytes()).isEqualTo(progress.total());
    assertThat(progress.total()).isEqualTo(16 + Files.size(host.resolve("d")));
  }

  @Test
  void aPortableTarHasNeitherHardLinksNorHoles() throws IOException {
    file("a", "same");
    Files.createLink(host.resolve("b"), host.resolve("a"));
    try (FileChannel sparse =
        FileChannel.open(host.resolve("c"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      sparse.write(ByteBuffer.wrap(new byte[] {1}), 1_000_000);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    writer.write(root(), TAR.forAnyReader(), out, new Progress());

    List<String> entries = new ArrayList<>();
    try (TarArchiveInputStream in =
        new TarArchiveInputStream(new ByteArrayInputStream(out.toByteArray()))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        entries.add(entry.getName() + " " + (char) entry.getLinkFlag() + " " + entry.getSize());
      }
    }
    assertThat(entries).containsExactlyInAnyOrder("a 0 4", "b 0 4", "c 0 1000001");
  }

  /// Runs something when the archive begins to be written, which is long before its end.
  private static final class Trigger extends ByteArrayOutputStream {
    private final ThrowingRunnable action;
    private boolean done;

    interface ThrowingRunnable {
      void run() throws IOException;
    }

    Trigger(ThrowingRunnable action) {
      this.action = action;
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      if (!done) {
        done = true;
        try {
          action.run();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      super.write(bytes, offset, length);
    }
  }

  private byte[] large(String name) throws IOException {
    byte[] content = new byte[LARGE];
    Arrays.fill(content, (byte) 'x');
    Files.write(host.resolve(name), content);
    return content;
  }

  private static FileChannel write(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.WRITE);
  }

  @Test
  @Proves("AR-09")
  void aFileThatShrinksIsFilledWithZerosAndNamed() throws IOException {
    byte[] content = large("shrinking");
    Trigger out =
        new Trigger(() -> {
          try (FileChannel file = write(host.resolve("shrinking"))) {
            file.truncate(1000);
          }
        });

    ArchiveReport report = writer.write(root(), TAR, out, new Progress());

    assertThat(report.findings()).contains(new Finding("shrinking", Trouble.SHRANK));
    String stored = read(out.toByteArray()).get("shrinking");
    assertThat(stored).hasSize(LARGE).startsWith("x".repeat(1000)).endsWith("\0".repeat(1000));
    assertThat(content).hasSize(LARGE);
  }

  @Test
  @Proves("AR-09")
  void aFileThatGrowsIsClippedAndNamed() throws IOException {
    large("growing");
    Trigger out =
        new Trigger(() -> {
          try (FileChannel file = write(host.resolve("growing"))) {
            file.write(ByteBuffer.wrap(new byte[10]), LARGE);
          }
        });

    ArchiveReport report = writer.write(root(), TAR, out, new Progress());

    assertThat(report.findings()).containsExactly(new Finding("growing", Trouble.GREW));
    assertThat(report.troubles()).isEqualTo(1);
    assertThat(read(out.toByteArray()).get("growing")).hasSize(LARGE);
  }

  @Test
  @Proves("AR-09")
  void filesThatVanishOrBecomeSomethingElseAreNamedAndNotInTheArchive() throws IOException {
    for (int i = 0; i < 30; i++) {
      Files.write(host.resolve("f" + i), new byte[3 << 20]);
    }
    Trigger out =
        new Trigger(() -> {
          for (int i = 0; i < 30; i++) {
            Files.delete(host.resolve("f" + i));
            if (i % 2 == 0) {
              Files.createDirectory(host.resolve("f" + i));
            }
          }
        });

    ArchiveReport report = writer.write(root(), TAR, out, new Progress());

    Map<String, String> entries = read(out.toByteArray());
    assertThat(report.findings())
        .isNotEmpty()
        .extracting(Finding::trouble)
        .containsOnly(Trouble.VANISHED);
    assertThat(entries).hasSize((int) (30 - report.troubles()));
    assertThat(entries.values()).allMatch(content -> content.length() == 3 << 20);
    assertThat(report.findings()).noneMatch(finding -> entries.containsKey(finding.name()));
  }

  @ParameterizedTest
  @EnumSource(
      value = ArchiveFormat.class,
      names = {"TAR", "TAR_GZ", "TAR_XZ", "TAR_ZSTD", "ZIP", "SEVEN_ZIP"})
  void cancellingLeavesNothing(ArchiveFormat format) throws IOException {
    for (int i = 0; i < 40; i++) {
      Files.write(host.resolve("f" + i), new byte[1 << 20]);
    }
    file("archive", "the old one");
    Progress progress = new Progress();
    AtomicInteger judged = new AtomicInteger();
    PathFilter cancelling =
        (_, _) -> {
          if (judged.incrementAndGet() == 30) {
            progress.cancel();
          }
          return PathFilter.Verdict.KEEP;
        };

    assertThatThrownBy(() ->
            writer.writeFile(
                root().hiding(cancelling, sandbox.getPath("/")),
                settings(format),
                sandbox.getPath("/archive"),
                progress))
        .isInstanceOf(OperationAbortedException.class);

    assertThat(judged.get()).isLessThanOrEqualTo(31);
    assertThat(host.resolve("archive")).hasContent("the old one");
  }

  @Test
  void anArchiveThatWaitsForMemoryCanBeCancelled() throws Exception {
    ArchiveWriter small = new ArchiveWriter(1, new SplittableRandom(3));
    Files.write(host.resolve("file"), new byte[1000]);
    Progress waiting = new Progress();
    OutputStream blocker =
        new OutputStream() {
          @Override
          public void write(int value) {}

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            Thread second =
                Thread.ofPlatform()
                    .start(() ->
                        assertThatThrownBy(() ->
                                small.write(root(), TAR, OutputStream.nullOutputStream(), waiting))
                            .isInstanceOf(OperationAbortedException.class));
            waiting.cancel();
            try {
              second.join();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };

    ArchiveReport report = small.write(root(), TAR, blocker, new Progress());

    assertThat(report.entries()).isEqualTo(1);
  }

  /// A limit as a volume has it.
  private static final class Limit implements SpaceGate {
    private final AtomicLong used = new AtomicLong();
    private final long limit;

    Limit(long limit) {
      this.limit = limit;
    }

    @Override
    public void reserve(long bytes, long before) throws IOException {
      if (used.addAndGet(bytes) > limit) {
        used.addAndGet(-bytes);
        throw new DiskLimitException("full");
      }
    }

    @Override
    public void release(long bytes) {
      used.addAndGet(-bytes);
    }

    @Override
    public void settle(byte[] directory, long reserved, long logical, long physical) {
      used.addAndGet(logical - reserved);
    }

    @Override
    public void created(byte[] directory, long logical, long physical) {}

    @Override
    public void removed(byte[] directory, long physical) {}

    @Override
    public void moved(byte[] from, byte[] to) {}
  }

  @ParameterizedTest
  @EnumSource(
      value = ArchiveFormat.class,
      names = {"TAR", "TAR_GZ", "ZIP", "SEVEN_ZIP"})
  @Proves("QU-01")
  void anArchiveIsChargedBeforeItsBytesReachTheDisk(ArchiveFormat format) throws IOException {
    byte[] noise = new byte[1_200_000];
    new Random(1).nextBytes(noise);
    Files.write(host.resolve("noise"), noise);
    long size = limited(format, Long.MAX_VALUE, "measured");

    assertThat(limited(format, size + (1 << 20), "fitting")).isEqualTo(size);
    assertThatThrownBy(() -> limited(format, size / 2, "over"))
        .isInstanceOf(DiskLimitException.class);
    assertThatThrownBy(() -> limited(format, 1000, "far-over"))
        .isInstanceOf(DiskLimitException.class);

    assertThat(host.resolve("over")).doesNotExist();
    assertThat(host.resolve("far-over")).doesNotExist();
  }

  private long limited(ArchiveFormat format, long limit, String name) throws IOException {
    Limit gate = new Limit(limit);
    try (Sandbox limited = Sandbox.open(host, SandboxOptions.defaults().withGate(gate))) {
      writer.writeFile(
          ArchiveSource.of(limited.getPath("/")).only(List.of("noise")),
          settings(format),
          limited.getPath("/" + name),
          new Progress());
    }
    assertThat(gate.used.get()).isEqualTo(Files.size(host.resolve(name)));
    return gate.used.get();
  }

  @Test
  void aTargetThatFailsEndsTheArchiveWithItsFailure() throws IOException {
    large("large");
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("No space left on device");
          }
        };

    assertThatThrownBy(() -> writer.write(root(), TAR, full, new Progress()))
        .isInstanceOf(IOException.class)
        .hasMessage("No space left on device");
  }

  @Test
  void aRootThatIsMissingIsAnError() {
    assertThatThrownBy(() ->
            writer.write(
                ArchiveSource.of(sandbox.getPath("/missing")),
                TAR,
                OutputStream.nullOutputStream(),
                new Progress()))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void sevenZipCannotBeStreamedAndItafNotBeWritten() {
    assertThatThrownBy(() ->
            writer.write(
                root(),
                settings(ArchiveFormat.SEVEN_ZIP),
                OutputStream.nullOutputStream(),
                new Progress()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> settings(ArchiveFormat.ITAF_GZ))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
