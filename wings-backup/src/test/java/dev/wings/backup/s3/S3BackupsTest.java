package dev.wings.backup.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.s3.StorageServer.Fault;
import dev.wings.backup.testing.TreeImage;
import dev.wings.backup.testing.Trees;
import dev.wings.backup.transfer.IoPressure;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupPart;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.testing.Proves;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.pull.AddressPolicy;
import dev.wings.fs.pull.Connector;
import dev.wings.fs.pull.FetchTimings;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class S3BackupsTest {
  private static final UUID BACKUP = UUID.fromString("0b0b0b0b-0000-4000-8000-000000000001");
  private static final UUID SERVER = UUID.fromString("5e5e5e5e-0000-4000-8000-000000000001");
  private static final int MIB = 1 << 20;

  @TempDir private Path host;
  private final ManualClock clock = new ManualClock(Instant.parse("2026-08-01T10:00:00Z"));
  private final AtomicLong nanoTime = new AtomicLong();
  private final Map<String, Object> settings = new HashMap<>();
  private final List<Duration> pauses = new CopyOnWriteArrayList<>();
  private final List<String> restored = new CopyOnWriteArrayList<>();
  private final Progress progress = new Progress();
  private List<String> blocked = List.of();
  private Path files;
  private Path scratch;
  private StorageServer storage;
  private StoragePanel panel;

  @BeforeEach
  void setUp() throws IOException {
    files = Files.createDirectory(host.resolve("files"));
    scratch = host.resolve("backups");
    storage = new StorageServer(Files.createDirectory(host.resolve("storage")), clock, true);
    panel = new StoragePanel(storage, /* pterodactyl= */ false);
    settings.put("system.backups.s3.streaming", true);
    settings.put("system.backups.s3.createThreads", 2);
    settings.put("system.backups.s3.retryLimit", 5);
    settings.put("system.backups.s3.partUploadTimeout", 7200L);
    settings.put("api.fileDecompressionThreads", 2);
  }

  @AfterEach
  void tearDown() throws IOException {
    storage.close();
  }

  private S3Backups backups() throws Exception {
    return new S3Backups(
        scratch,
        panel,
        new ArchiveWriter(64 * MIB, new Random(1)),
        S3BackupsTest::noTls,
        new GuardedHttpClient(
            new AddressPolicy(() -> blocked, AddressPolicy.Surroundings.NONE),
            _ -> List.of(InetAddress.getLoopbackAddress()),
            Connector.DIRECT,
            S3BackupsTest::noTls,
            FetchTimings.STANDARD),
        () -> TestConfig.of(settings),
        time -> pauses.add(time),
        nanoTime::get);
  }

  private static SSLContext noTls() {
    throw new AssertionError("no TLS here");
  }

  /// Random bytes, which take as much room in the storage as on the disk.
  private void fill(int mib) throws IOException {
    byte[] content = new byte[MIB];
    Random random = new Random(42);
    for (int i = 0; i < mib; i++) {
      random.nextBytes(content);
      Files.write(files.resolve("region-" + i), content);
    }
  }

  private BackupResult create(S3Backups backups) throws IOException {
    return create(backups, Pace.free());
  }

  private BackupResult create(S3Backups backups, Pace pace) throws IOException {
    try (Sandbox sandbox = Sandbox.open(files)) {
      return backups.create(
          new Creation(
              BACKUP,
              SERVER,
              sandbox.getPath("/"),
              files.toString(),
              PathFilter.NONE,
              "",
              pace,
              progress));
    }
  }

  private Path restore(StoredBackup backup, String url) throws IOException {
    Path target = Files.createTempDirectory(host, "restored");
    try (Sandbox sandbox = Sandbox.open(target)) {
      backup.restore(
          new Restoration(
              SERVER,
              sandbox.getPath("/"),
              target.toString(),
              PathFilter.NONE,
              Optional.of(URI.create(url)),
              Pace.free(),
              new Progress(),
              restored::add,
              trouble -> {
                throw new AssertionError(trouble);
              }));
    }
    return target;
  }

  private Path restore(S3Backups backups) throws IOException {
    return restore(backups.find(BACKUP).orElseThrow(), panel.downloadUrl(BACKUP));
  }

  private List<String> scratchFiles() throws IOException {
    if (!Files.exists(scratch)) {
      return List.of();
    }
    try (Stream<Path> names = Files.list(scratch)) {
      return names.map(name -> String.valueOf(name.getFileName())).toList();
    }
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".gz", ".xz", ".lz", ".bz2", ".lz4", ".zst"})
  void whatIsRestoredIsWhatWasBackedUp(String suffix) throws Exception {
    Trees.odd(files);
    fill(3);
    panel.suffix(suffix);
    S3Backups backups = backups();

    BackupResult result = create(backups);
    panel.finished(BACKUP, result);

    Path object = storage.object(SERVER + "/" + BACKUP + ".tar" + suffix);
    assertThat(result.checksumType()).isEqualTo("sha256");
    assertThat(result.checksum()).isEqualTo(sha256(object));
    assertThat(result.size()).isEqualTo(Files.size(object));
    assertThat(result.files()).isEqualTo(Trees.leaves(files));
    assertThat(result.browsable() || result.streaming()).isFalse();
    assertThat(result.parts().stream().map(BackupPart::number))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, result.parts().size()).boxed().toList())
        .hasSizeGreaterThan(3);
    assertThat(TreeImage.of(restore(backups))).isEqualTo(TreeImage.of(files));
    assertThat(scratchFiles()).isEmpty();
  }

  @Test
  void progressEndsAtWhatWasWalked() throws Exception {
    fill(4);

    create(backups());

    assertThat(progress.total()).isEqualTo(4L * MIB);
    assertThat(progress.bytes()).isEqualTo(4L * MIB);
    assertThat(progress.files()).isEqualTo(4);
  }

  @Test
  void moreUrlsAreFetchedWhenTheFirstOnesAreUsed() throws Exception {
    fill(7);
    panel.suffix("").batch(3);

    BackupResult result = create(backups());
    panel.finished(BACKUP, result);

    assertThat(result.parts()).hasSize(8);
    assertThat(panel.calls()).containsExactly("from 1", "from 4", "from 7");
  }

  @Test
  @Proves("BK-07")
  void partsAreSentTogetherAndOnlyTheyTakeSpace() throws Exception {
    fill(12);
    panel.suffix("");
    CountDownLatch four = new CountDownLatch(4);
    List<Long> bytesOnDisk = Collections.synchronizedList(new ArrayList<>());
    storage.fail(_ ->
        new Fault.Before(() -> {
          four.countDown();
          await(four);
          bytesOnDisk.add(sizeOfScratch());
        }));

    panel.finished(BACKUP, create(backups()));

    assertThat(storage.partsSent()).hasSize(13);
    assertThat(Collections.max(bytesOnDisk)).isLessThanOrEqualTo(4L * MIB);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private long sizeOfScratch() {
    try {
      long sum = 0;
      for (String name : scratchFiles()) {
        Path file = scratch.resolve(name);
        sum += Files.exists(file) ? Files.size(file) : 0;
      }
      return sum;
    } catch (IOException e) {
      return 0; // removed meanwhile
    }
  }

  @Test
  void largePartsAreFewerAtATime() {
    assertThat(S3Backups.uploads(5 << 20)).isEqualTo(4);
    assertThat(S3Backups.uploads(1L << 30)).isEqualTo(4);
    assertThat(S3Backups.uploads(2L << 30)).isEqualTo(2);
    assertThat(S3Backups.uploads(5L << 30)).isEqualTo(2);
  }

  @Test
  @Proves("BK-09")
  void partsThatFailAreSentAgainFromTheirBeginning() throws Exception {
    Trees.odd(files);
    fill(9);
    panel.suffix("");
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    storage.fail(request -> {
      if (!seen.add(request.part()) || request.part() == 0) {
        return Fault.NONE;
      }
      return switch (request.part() % 4) {
        case 0 -> new Fault.Status(500, "InternalError");
        case 1 -> new Fault.Cut(300_000);
        case 2 -> new Fault.Cut(MIB);
        default -> new Fault.Early(503, "SlowDown");
      };
    });
    S3Backups backups = backups();

    BackupResult result = create(backups);
    panel.finished(BACKUP, result);

    assertThat(storage.partsSent()).hasSize(2 * result.parts().size());
    assertThat(TreeImage.of(restore(backups))).isEqualTo(TreeImage.of(files));
  }

  @Test
  void onlyMissingAnswersArePausedFor() throws Exception {
    fill(1);
    panel.suffix("").partSize(64 * MIB);
    List<Fault> faults =
        new ArrayList<>(
            List.of(
                new Fault.Cut(10),
                new Fault.Status(500, "InternalError"),
                new Fault.Cut(20),
                new Fault.Status(503, "SlowDown")));
    storage.fail(_ -> faults.isEmpty() ? Fault.NONE : faults.removeFirst());

    create(backups());

    assertThat(pauses.stream().reduce(Duration.ZERO, Duration::plus))
        .isEqualTo(Duration.ofSeconds(1 + 9)); // after the first and the third attempt
  }

  @Test
  @Proves("BK-09")
  void urlsThatHaveExpiredAreRenewed() throws Exception {
    fill(6);
    panel.suffix("");
    Set<Integer> seen = new HashSet<>();
    storage.fail(request -> {
      synchronized (seen) {
        return request.part() == 3 && seen.add(3)
            ? new Fault.Before(() -> clock.advance(Duration.ofHours(3)))
            : Fault.NONE;
      }
    });
    S3Backups backups = backups();

    panel.finished(BACKUP, create(backups));

    assertThat(panel.calls()).hasSizeGreaterThan(1).startsWith("from 1");
    assertThat(TreeImage.of(restore(backups))).isEqualTo(TreeImage.of(files));
  }

  @Test
  void urlsThatAreAboutToExpireAreNotUsed() throws Exception {
    fill(6);
    panel.suffix("");
    storage.fail(request ->
        request.part() == 1
            ? new Fault.Before(() -> nanoTime.set(Duration.ofMinutes(101).toNanos()))
            : Fault.NONE);

    panel.finished(BACKUP, create(backups()));

    assertThat(panel.calls()).hasSizeGreaterThan(1);
    assertThat(storage.requests()).hasSize(7);
  }

  @Test
  void afterTheLastAttemptItFailsAndDoesNotTellTheUrl() throws Exception {
    fill(3);
    panel.suffix("");
    storage.fail(
        request -> request.part() == 2 ? new Fault.Status(500, "InternalError") : Fault.NONE);

    assertThatThrownBy(() -> create(backups()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "part 2 could not be uploaded in 5 attempts: the storage answered 500 (InternalError)")
        .satisfies(failure ->
            assertThat(stackTrace(failure)).doesNotContain("X-Amz").doesNotContain("127.0.0.1"));
    assertThat(scratchFiles()).isEmpty();
    assertThat(storage.partsSent().stream().filter(part -> part == 2)).hasSize(5);
    panel.failed(BACKUP);
    assertThat(storage.openUploads()).isEmpty();
  }

  @Test
  void aStorageThatIsAwayIsTriedAsOftenAsConfigured() throws Exception {
    fill(1);
    panel.suffix("");
    StorageServer gone = storage;
    storage.fail(_ -> new Fault.Cut(0));

    Throwable failure = catchThrowable(() -> create(backups()));

    assertThat(failure).isInstanceOf(IOException.class);
    assertThat(stackTrace(failure)).doesNotContain("X-Amz").doesNotContain(gone.host());
    assertThat(scratchFiles()).isEmpty();
  }

  private static String stackTrace(Throwable failure) {
    java.io.StringWriter text = new java.io.StringWriter();
    failure.printStackTrace(new java.io.PrintWriter(text));
    return text.toString();
  }

  @Test
  @Proves("BK-05")
  void anUploadIsCancelledInTheMiddleOfAPart() throws Exception {
    fill(6);
    panel.suffix("");
    CountDownLatch release = new CountDownLatch(1);
    storage.fail(_ ->
        new Fault.Before(() -> {
          progress.cancel();
          await(release);
        }));

    try {
      assertThatThrownBy(() -> create(backups())).isInstanceOf(OperationAbortedException.class);
    } finally {
      release.countDown();
    }

    assertThat(scratchFiles()).isEmpty();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("wings-s3-part-"));
  }

  @Test
  void thePaceHoldsForWhatIsSentAndForWhatIsWritten() throws Exception {
    fill(3);
    panel.suffix("");
    AtomicLong time = new AtomicLong();
    List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
    Pace pace =
        new Pace(
            () -> MIB,
            () -> 0,
            IoPressure.UNKNOWN,
            time::get,
            wait -> {
              waits.add(wait);
              time.addAndGet(wait.toNanos());
            });

    create(backups(), pace);

    assertThat(time.get()).isGreaterThan(Duration.ofSeconds(2).toNanos());
  }

  @Test
  void aPanelThatHasToKnowTheLengthGetsIt() throws Exception {
    Trees.odd(files);
    fill(3);
    panel = new StoragePanel(storage, /* pterodactyl= */ true);
    S3Backups backups = backups();

    BackupResult result = create(backups);
    panel.finished(BACKUP, result);

    assertThat(panel.calls()).containsExactly("from 1", "size " + result.size());
    assertThat(result.checksum())
        .isEqualTo(sha256(storage.object(SERVER + "/" + BACKUP + ".tar.gz")));
    assertThat(TreeImage.of(restore(backups))).isEqualTo(TreeImage.of(files));
    assertThat(scratchFiles()).isEmpty();
  }

  @Test
  void aPanelIsNotAskedForStreamingWhenThatIsOff() throws Exception {
    fill(1);
    settings.put("system.backups.s3.streaming", false);
    panel = new StoragePanel(storage, /* pterodactyl= */ true);

    BackupResult result = create(backups());

    assertThat(panel.calls()).containsExactly("size " + result.size());
  }

  @Test
  void partsWithoutASizeOrAKnownNameAreRefused() throws Exception {
    fill(1);
    panel.suffix(".rar");
    assertThatThrownBy(() -> create(backups())).hasMessageContaining("no name that ends as a tar");
    panel.suffix("").partSize(0);
    assertThatThrownBy(() -> create(backups())).hasMessageContaining("no size of parts");
  }

  @Test
  @Proves("BK-03")
  void whatADeadProcessHasLeftIsRemovedAtTheNextStart() throws Exception {
    Files.createDirectory(scratch);
    for (String left : List.of(".s3.part", ".s3.part.1", ".s3.part.27", ".s3.tar.gz")) {
      Files.writeString(scratch.resolve(BACKUP + left), "left");
    }
    List<String> others = List.of(BACKUP + ".tar.gz", "notes.s3.part", "x" + BACKUP + ".s3.part");
    for (String other : others) {
      Files.writeString(scratch.resolve(other), "other");
    }

    backups().recover();

    assertThat(scratchFiles()).containsExactlyInAnyOrderElementsOf(others);
  }

  // restore

  private S3Backups uploaded() throws Exception {
    Trees.odd(files);
    fill(5);
    panel.suffix("");
    S3Backups backups = backups();
    panel.finished(BACKUP, create(backups));
    return backups;
  }

  @Test
  void aDownloadThatBreaksGoesOnWhereItBroke() throws Exception {
    S3Backups backups = uploaded();
    int before = storage.requests().size();
    storage.fail(_ -> storage.requests().size() < before + 4 ? new Fault.Cut(MIB + 1) : Fault.NONE);

    assertThat(TreeImage.of(restore(backups))).isEqualTo(TreeImage.of(files));

    assertThat(storage.requests().subList(before, storage.requests().size()))
        .extracting(request -> request.headers().getOrDefault("range", "whole"))
        .containsExactly(
            "whole",
            "bytes=" + (MIB + 1) + "-",
            "bytes=" + 2 * (MIB + 1) + "-",
            "bytes=" + 3 * (MIB + 1) + "-");
  }

  @Test
  void aDownloadThatBreaksForEverEnds() throws Exception {
    S3Backups backups = uploaded();
    storage.fail(_ -> new Fault.Cut(1000));

    assertThatThrownBy(() -> restore(backups)).isInstanceOf(IOException.class);
  }

  @Test
  void anObjectThatIsExchangedMeanwhileIsNotMixed() throws Exception {
    S3Backups backups = uploaded();
    Path object = storage.object(SERVER + "/" + BACKUP + ".tar");
    int before = storage.requests().size();
    storage.fail(_ -> {
      if (storage.requests().size() == before + 1) {
        return new Fault.Cut(MIB);
      }
      return new Fault.Before(() -> append(object));
    });

    assertThatThrownBy(() -> restore(backups)).isInstanceOf(DamagedBackupException.class);
  }

  private static void append(Path object) {
    try {
      Files.write(object, new byte[512], java.nio.file.StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void onlyA2xxIsABackup() throws Exception {
    S3Backups backups = uploaded();
    storage.fail(_ -> new Fault.Status(403, "AccessDenied"));

    assertThatThrownBy(() -> restore(backups))
        .isInstanceOf(IOException.class)
        .hasMessage("the storage answered 403 to the download");
  }

  @Test
  @Proves("BK-04")
  void aBackupWithAnotherChecksumIsNotTaken() throws Exception {
    S3Backups backups = uploaded();
    StoredBackup backup = backups.find(BACKUP).orElseThrow();
    Path object = storage.object(SERVER + "/" + BACKUP + ".tar");
    String right = sha256(object);
    backup.check(Optional.of(right), new Progress());
    assertThat(TreeImage.of(restore(backup, panel.downloadUrl(BACKUP))))
        .isEqualTo(TreeImage.of(files));
    append(object);

    assertThatThrownBy(() -> restore(backup, panel.downloadUrl(BACKUP)))
        .isInstanceOf(DamagedBackupException.class)
        .hasMessageContaining(right);
  }

  @Test
  @Proves("SR-05")
  void nothingIsRestoredFromAnAddressThatDownloadsMustNotReach() throws Exception {
    S3Backups backups = uploaded();
    int before = storage.requests().size();
    blocked = List.of("127.0.0.0/8");

    assertThatThrownBy(() -> restore(backups)).hasMessageContaining("is blocked");

    assertThat(storage.requests()).hasSize(before);
  }

  @Test
  void whatTheNodeCannotDoIsRefused() throws Exception {
    StoredBackup backup = backups().find(BACKUP).orElseThrow();

    assertThat(backup.browse()).isEmpty();
    assertThatThrownBy(() -> backup.download(dev.wings.fs.archive.ArchiveFormat.TAR_GZ))
        .isInstanceOf(WingsException.class);
    assertThatThrownBy(() -> backup.verify(Optional.empty(), new Progress()))
        .isInstanceOf(WingsException.class);
    backup.delete(new Progress());
    backup.delete(new Progress());
  }
}
