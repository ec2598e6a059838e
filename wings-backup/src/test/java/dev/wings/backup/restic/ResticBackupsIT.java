package dev.wings.backup.restic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.backup.ignore.BackupRules;
import dev.wings.backup.testing.TreeImage;
import dev.wings.backup.testing.Trees;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.backup.ResticSource;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.panel.PanelException;
import dev.wings.core.testing.Proves;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.read.Extraction;
import dev.wings.fs.archive.read.ExtractionLimits;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// With the real program and a repository in a directory.
@Timeout(300)
class ResticBackupsIT {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000001");
  private static final UUID OTHER = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000002");
  private static final UUID SERVER = UUID.fromString("5e5e5e5e-0000-4000-8000-000000000001");

  /// What a tar archive that restic writes keeps.
  private static final Set<TreeImage.Facet> IN_ARCHIVES =
      EnumSet.of(TreeImage.Facet.MODES, TreeImage.Facet.LINKS, TreeImage.Facet.EMPTY_DIRECTORIES);

  @TempDir private Path host;
  private final Map<String, Object> settings = new HashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private final Progress progress = new Progress();
  private Path files;
  private Path repository;
  private Path passwordFile;
  private ResticSource panel =
      backup -> {
        asked.add(backup.toString());
        throw new PanelException(417, List.of("not on this disk"), null);
      };

  @BeforeAll
  static void needsRestic() {
    boolean found =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "restic")));
    assumeTrue(found, "restic is not installed");
  }

  @BeforeEach
  void setUp() throws Exception {
    files = Files.createDirectories(host.resolve("vol[um]es").resolve(SERVER.toString()));
    repository = host.resolve("repository");
    passwordFile = Files.writeString(host.resolve("password"), "secret\n");
    settings.put("system.rootDirectory", host.toString());
    settings.put("system.tmpDirectory", "{root_directory}/tmp");
    settings.put("system.backups.restic.repository", "{root_directory}/repository");
    settings.put("system.backups.restic.passwordFile", "{root_directory}/password");
    settings.put("system.backups.restic.retryLockSeconds", 5L);
    settings.put("api.fileCompressionThreads", 2);
    restic("init");
  }

  private List<String> restic(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("restic", "--repo", repository.toString(), "--no-cache", "--quiet"));
    command.addAll(List.of("--password-file", passwordFile.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.lines().toList();
  }

  private LiveConfig config() {
    return () -> TestConfig.of(settings);
  }

  private ResticBackups backups() {
    return new ResticBackups(
        host.resolve("backups"), panel, new ArchiveWriter(64 << 20, new Random(1)), config());
  }

  private BackupResult create(UUID backup, String... ignore) throws IOException {
    BackupRules rules = BackupRules.of(List.of(ignore));
    try (Sandbox sandbox = Sandbox.open(files)) {
      return backups()
          .create(
              new Creation(
                  backup,
                  SERVER,
                  sandbox.getPath("/"),
                  files.toString(),
                  rules.filter(),
                  rules.text(),
                  Pace.free(),
                  progress));
    }
  }

  private StoredBackup found(UUID backup) throws IOException {
    return backups().find(backup).orElseThrow();
  }

  private Path restore(StoredBackup backup, PathFilter filter) throws IOException {
    Path target = Files.createTempDirectory(host, "restored");
    try (Sandbox sandbox = Sandbox.open(target)) {
      backup.restore(
          new Restoration(
              SERVER,
              sandbox.getPath("/"),
              target.toString(),
              filter,
              Optional.empty(),
              Pace.free(),
              progress,
              _ -> {},
              troubles::add));
    }
    return target;
  }

  private Set<String> stored(UUID backup) throws IOException {
    try (StoredBackup.Browsing browsing = found(backup).browse().orElseThrow();
        Stream<Path> tree = Files.walk(browsing.view().root())) {
      return tree.map(path -> browsing.view().root().relativize(path).toString())
          .filter(name -> !name.isEmpty())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private void make(String... names) throws IOException {
    for (String name : names) {
      Path file = files.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, name);
    }
  }

  @Test
  void whatIsRestoredIsWhatWasBackedUp() throws Exception {
    Trees.odd(files);
    Files.write(files.resolve("large"), new byte[3 << 20]);

    BackupResult result = create(BACKUP);
    StoredBackup backup = found(BACKUP);
    backup.check(Optional.of(result.checksum()), new Progress());
    Path target = restore(backup, PathFilter.NONE);

    assertThat(result.checksumType()).isEqualTo("restic");
    assertThat(result.checksum()).matches("[0-9a-f]{8,64}");
    assertThat(result.size()).isGreaterThan(3 << 20);
    assertThat(result.browsable() && result.streaming()).isTrue();
    assertThat(backup.server()).contains(SERVER);
    assertThat(TreeImage.of(target)).isEqualTo(TreeImage.of(files));
    assertThat(progress.total()).isGreaterThan(3 << 20);
    assertThat(troubles).isEmpty();
    assertThatThrownBy(() -> backup.check(Optional.of("0123456789"), new Progress()))
        .isInstanceOf(DamagedBackupException.class);
    assertThat(asked).isEmpty();
  }

  @Test
  void whatIsRestoredBelongsToTheServerAndIsNothingSpecial() throws Exception {
    make("mine", "denied/x", "kept/denied");
    Files.setAttribute(files.resolve("mine"), "unix:mode", 0104755);
    Files.setAttribute(files.resolve("mine"), "unix:uid", 1234);
    assertThat(new ProcessBuilder("mkfifo", files.resolve("fifo").toString()).start().waitFor())
        .isZero();
    create(BACKUP);

    Path target = restore(found(BACKUP), IgnoreList.lenient(List.of("denied")));

    assertThat(Files.getAttribute(target.resolve("mine"), "unix:mode")).isEqualTo(0100755);
    assertThat(Files.getAttribute(target.resolve("mine"), "unix:uid"))
        .isEqualTo(Files.getAttribute(target, "unix:uid"));
    try (Stream<Path> tree = Files.walk(target)) {
      assertThat(tree.map(path -> target.relativize(path).toString()))
          .containsExactlyInAnyOrder("", "mine", "kept");
    }
    assertThat(troubles).hasSize(1).first().asString().startsWith("fifo");
  }

  @Test
  void rulesThatResticKnowsHoldForItAsWell() throws Exception {
    make("a.log", "world/b.log", "world/level", "cache/x", "sub/cache/y", "top/z", "sub/top/z");
    make("price$HOME", "tail ");

    create(BACKUP, "*.log", "cache", "/top", "sub/nothing", "price$HOME");

    assertThat(stored(BACKUP))
        .containsExactlyInAnyOrder("world", "world/level", "sub", "sub/top", "sub/top/z", "tail ");
  }

  @Test
  void whatIsBroughtBackIsStored() throws Exception {
    make("game/csgo/cfg/server.cfg", "game/csgo/cfg/deep/x", "game/csgo/maps/huge", "game/other");
    make("odd[1]*?", "dollar$x", "trailing ", "line\nbreak", "only/nothing/here", "logs/a");

    create(BACKUP, "*", "!game/csgo/cfg");
    create(OTHER, "logs/");

    assertThat(stored(BACKUP))
        .containsExactlyInAnyOrder(
            "game",
            "game/csgo",
            "game/csgo/cfg",
            "game/csgo/cfg/server.cfg",
            "game/csgo/cfg/deep",
            "game/csgo/cfg/deep/x");
    assertThat(stored(OTHER)).contains("odd[1]*?", "only/nothing/here").doesNotContain("logs");
  }

  @Test
  void filesInABackupCanBeReadAtAnyPlace() throws Exception {
    byte[] content = new byte[1 << 20];
    new Random(7).nextBytes(content);
    Files.write(files.resolve("region"), content);
    make("dir/Grüße und 雪", "empty");
    Files.writeString(files.resolve("empty"), "");
    Files.createSymbolicLink(files.resolve("link"), Path.of("region"));
    create(BACKUP);

    try (StoredBackup.Browsing browsing = found(BACKUP).browse().orElseThrow()) {
      Path root = browsing.view().root();

      assertThat(Files.readAllBytes(root.resolve("region"))).isEqualTo(content);
      assertThat(Files.readString(root.resolve("dir/Grüße und 雪"))).isEqualTo("dir/Grüße und 雪");
      assertThat(Files.readString(root.resolve("empty"))).isEmpty();
      try (SeekableByteChannel channel = Files.newByteChannel(root.resolve("region"))) {
        ByteBuffer part = ByteBuffer.allocate(100);
        channel.position(500_000).read(part);
        assertThat(part.array()[7]).isEqualTo(content[500_007]);
      }
      assertThat(Files.isSymbolicLink(root.resolve("link"))).isTrue();
      assertThatThrownBy(() -> Files.readString(root.resolve("link")))
          .isInstanceOf(IOException.class);
      assertThat(Files.getLastModifiedTime(root.resolve("region"), LinkOption.NOFOLLOW_LINKS))
          .isEqualTo(Files.getLastModifiedTime(files.resolve("region")));
      assertThat(browsing.view().sizes().of(root).logical()).isGreaterThan(1 << 20);
    }
  }

  @Test
  void aDownloadIsAnArchiveOfTheWantedFormat() throws Exception {
    Trees.odd(files);
    Files.write(files.resolve("large"), new byte[3 << 20]);
    Trees.wholeSeconds(files); // to which restic rounds in archives
    create(BACKUP);
    StoredBackup backup = found(BACKUP);

    for (ArchiveFormat format :
        List.of(ArchiveFormat.TAR, ArchiveFormat.TAR_ZSTD, ArchiveFormat.ZIP)) {
      Download.Streamed download = (Download.Streamed) backup.download(format);
      Path archive = host.resolve(download.fileName());
      try (OutputStream out = Files.newOutputStream(archive)) {
        download.writer().write(out, new Progress());
      }
      Path target = Files.createTempDirectory(host, "unpacked");
      try (Sandbox sandbox = Sandbox.open(target);
          Extraction extraction = Extraction.open(archive, 2, ExtractionLimits.OWN)) {
        Path root = sandbox.getPath("/");
        extraction.run(root, root, PathFilter.NONE, new Progress());
      }
      assertThat(download.fileName()).isEqualTo(BACKUP + "." + format.extension());
      assertThat(TreeImage.of(target, IN_ARCHIVES))
          .as(format.wireName())
          .isEqualTo(TreeImage.of(files, IN_ARCHIVES));
    }
    assertThatThrownBy(() -> backup.download(ArchiveFormat.ITAF_GZ))
        .isInstanceOf(WingsException.class);
  }

  @Test
  void aDownloadOfADamagedBackupFails() throws Exception {
    byte[] content = new byte[4 << 20];
    new Random(7).nextBytes(content);
    Files.write(files.resolve("region"), content);
    create(BACKUP);
    StoredBackup backup = found(BACKUP);
    assertThat(backup.verify(Optional.empty(), new Progress()))
        .isEqualTo(new Verification(1, 4 << 20, List.of()));
    damageLargestPack();

    Download.Streamed download = (Download.Streamed) backup.download(ArchiveFormat.TAR);
    assertThatThrownBy(
            () -> download.writer().write(OutputStream.nullOutputStream(), new Progress()))
        .isInstanceOf(IOException.class);
    assertThat(backup.verify(Optional.empty(), new Progress()).sound()).isFalse();
  }

  private void damageLargestPack() throws IOException {
    try (Stream<Path> packs = Files.walk(repository.resolve("data"))) {
      Path largest =
          packs
              .filter(Files::isRegularFile)
              .max(java.util.Comparator.comparingLong(pack -> pack.toFile().length()))
              .orElseThrow();
      byte[] bytes = Files.readAllBytes(largest);
      for (int i = 1000; i < bytes.length - 1000; i += 1000) {
        bytes[i] ^= 1;
      }
      assertThat(largest.toFile().setWritable(true)).isTrue();
      Files.write(largest, bytes);
    }
  }

  @Test
  @Proves("BK-05")
  void deletingTwiceIsNoFailure() throws Exception {
    make("x");
    create(BACKUP);
    create(OTHER);
    StoredBackup backup = found(BACKUP);

    backup.delete(new Progress());
    backup.delete(new Progress());

    assertThat(backups().find(BACKUP)).isEmpty();
    assertThat(backups().find(OTHER)).isPresent();
  }

  @Test
  @Proves("BK-05")
  void aCreationIsCancelledAndLeavesNeitherSnapshotNorLock() throws Exception {
    byte[] content = new byte[1 << 20];
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      random.nextBytes(content);
      Files.write(files.resolve("region-" + i), content);
    }
    Thread canceller =
        Thread.ofVirtual()
            .start(() -> {
              while (progress.bytes() == 0) {
                Thread.onSpinWait();
              }
              progress.cancel();
            });

    assertThatThrownBy(() -> create(BACKUP)).isInstanceOf(OperationAbortedException.class);
    canceller.join();

    assertThat(backups().find(BACKUP)).isEmpty();
    assertThat(restic("list", "locks", "--no-lock")).isEmpty();
    try (Stream<Path> left = Files.list(host.resolve("tmp"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  @Proves("BK-03")
  void aSnapshotWhoseCreationFailedIsDiscarded() throws Exception {
    make("x");
    create(BACKUP); // as if the daemon had ended before it knew
    create(BACKUP);

    backups().discard(BACKUP);

    assertThat(backups().find(BACKUP)).isEmpty();
    assertThat(restic("list", "snapshots", "--no-lock")).isEmpty();
  }

  @Test
  void thePanelNamesTheRepositoryWhenTheNodeHasNone() throws Exception {
    make("x");
    Files.delete(passwordFile);
    panel =
        backup -> {
          asked.add(backup.toString());
          return new ResticRepository(
              repository.toString(), Optional.empty(), 5, Map.of("RESTIC_PASSWORD", "secret"));
        };

    create(BACKUP);
    ResticBackups backups = backups();

    assertThat(backups.find(BACKUP)).isPresent();
    assertThat(backups.find(BACKUP)).isPresent();
    assertThat(asked).hasSize(2); // the second look needs neither the Panel nor the program
  }

  @Test
  void aPanelThatIsAwayIsNoPanelThatKnowsNothing() {
    panel =
        _ -> {
          throw new PanelException(0, List.of("unreachable"), null);
        };

    assertThatThrownBy(() -> backups().find(BACKUP)).isInstanceOf(IOException.class);
  }

  @Test
  void failuresDoNotTellSecrets() throws Exception {
    make("x");
    Files.delete(passwordFile);
    panel =
        _ ->
            new ResticRepository(
                repository.toString(), Optional.empty(), 0, Map.of("RESTIC_PASSWORD", "wrong-one"));

    assertThatThrownBy(() -> create(BACKUP))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("restic backup failed with status")
        .hasMessageNotContaining("wrong-one")
        .hasMessageNotContaining(repository.toString() + " --");
  }

  @Test
  void maintenanceAnswersWhatTheProgramSays() throws Exception {
    make("x");
    create(BACKUP);
    try (ResticMaintenance maintenance =
        new ResticMaintenance(
            host.resolve("backups"), config(), InstantSource.system(), System::nanoTime)) {
      assertThat(maintenance.last(ResticMaintenance.Kind.STATS)).isEmpty();

      ResticMaintenance.Result stats =
          maintenance.run(new ResticMaintenance.Stats(Optional.empty(), "restore-size"));
      ResticMaintenance.Result prune =
          maintenance.run(new ResticMaintenance.Prune(Optional.empty(), /* dryRun= */ true));
      ResticMaintenance.Result unlock =
          maintenance.run(new ResticMaintenance.Unlock(Optional.empty(), /* all= */ true));
      ResticMaintenance.Result failed =
          maintenance.run(
              new ResticMaintenance.Stats(
                  Optional.of(
                      new ResticRepository(
                          "/nowhere", Optional.empty(), 0, Map.of("RESTIC_PASSWORD", "secret"))),
                  "restore-size"));

      assertThat(stats.successful()).isTrue();
      assertThat(stats.data().path("total_size").asLong()).isEqualTo(1);
      assertThat(prune.successful()).as(prune.stderr()).isTrue();
      assertThat(unlock.successful()).as(unlock.stderr()).isTrue();
      assertThat(failed.successful()).isFalse();
      assertThat(failed.stderr()).isNotEmpty();
      assertThat(maintenance.last(ResticMaintenance.Kind.STATS)).contains(failed);
      JsonNode data = failed.data();
      assertThat(data.isNull()).isFalse();
    }
  }
}
