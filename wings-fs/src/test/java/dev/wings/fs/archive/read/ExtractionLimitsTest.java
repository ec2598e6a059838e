package dev.wings.fs.archive.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.DiskLimitException;
import dev.wings.fs.sandbox.SandboxOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Archives that would use up disk, memory or time.
@Timeout(60)
class ExtractionLimitsTest {
  private static final int MIB = 1 << 20;

  /// What directories grow by while names are in them is not charged, but given back with them.
  private static final long SLACK = 64 << 10;

  private static final ExtractionLimits TIGHT = ExtractionLimits.DEFAULT.withRatio(100, 4L * MIB);

  @TempDir Path host;

  private final DiskLimit account = new DiskLimit();
  private ExtractionFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new ExtractionFixture(host, SandboxOptions.defaults().withGate(account));
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
    fixture.assertNothingOutsideChanged();
  }

  private interface Encoder {
    OutputStream open(OutputStream out) throws IOException;
  }

  private static byte[] compressed(Encoder encoder, byte[]... parts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      try (OutputStream out = encoder.open(bytes)) {
        out.write(part);
      }
    }
    return bytes.toByteArray();
  }

  /// A tar whose one file has `mib` MiB of zeros, in gzip members of one MiB.
  private static byte[] endless(int mib) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(
        compressed(
            GZIPOutputStream::new, CraftedTar.block("dir/zeros", '0', (long) mib * MIB, "")));
    byte[] member = compressed(GZIPOutputStream::new, new byte[MIB]);
    for (int i = 0; i < mib; i++) {
      bytes.writeBytes(member);
    }
    return bytes.toByteArray();
  }

  private void assertBomb(String name, byte[] archive, ExtractionLimits limits, String message)
      throws IOException {
    long before = account.used();

    assertThatThrownBy(() -> fixture.extract(name, archive, limits))
        .isInstanceOf(ArchiveLimitException.class)
        .hasMessageContaining(message);

    assertThat(fixture.tree()).isEmpty();
    assertThat(account.used()).isCloseTo(before, within(SLACK));
  }

  @Test
  @Proves("AR-05")
  void anArchiveThatExpandsTooMuchLeavesNothingBehind() throws Exception {
    assertBomb("a.tar.gz", endless(64), TIGHT, "more than 100 times");
    assertBomb(
        "zeros.gz", compressed(GZIPOutputStream::new, new byte[16 * MIB]), TIGHT, "100 times");
    byte[] zeros = new byte[8 * MIB];
    assertBomb(
        "zeros.bz2",
        compressed(BZip2CompressorOutputStream::new, zeros, zeros, zeros),
        TIGHT,
        "100 times");
    assertBomb(
        "a.zip",
        new CraftedZip()
            .file("before", "x")
            .deflated("dir/zeros", new byte[16 * MIB], 16 * MIB)
            .bytes(),
        TIGHT,
        "100 times");
  }

  @Test
  @Proves("AR-05")
  void whatNobodyGetsCountsAsWell() throws Exception {
    assertBomb(
        "empty.tar.gz", compressed(GZIPOutputStream::new, new byte[16 * MIB]), TIGHT, "100 times");
    CraftedTar tar = new CraftedTar();
    for (int i = 0; i < 64; i++) {
      tar.file("f" + i, "\0".repeat(200 << 10));
    }
    byte[] hidden = compressed(GZIPOutputStream::new, tar.bytes());
    assertThatThrownBy(
            () -> fixture.extract("a.tar.gz", hidden, TIGHT, (_, _) -> PathFilter.Verdict.SKIP))
        .isInstanceOf(ArchiveLimitException.class)
        .hasMessageContaining("100 times");
  }

  @Test
  @Proves("AR-05")
  void partsThatAreReadAgainDoNotRaiseWhatMayComeOut() throws Exception {
    Guard guard = new Guard(TIGHT, MIB, new Progress(), System::nanoTime);
    guard.in(10L * MIB);
    guard.out(100L * MIB);

    assertThatThrownBy(() -> guard.out(1)).isInstanceOf(ArchiveLimitException.class);
  }

  @Test
  @Proves("AR-06")
  void stepsWithoutBytesAreProgress() throws Exception {
    AtomicLong now = new AtomicLong();
    Guard guard = new Guard(ExtractionLimits.DEFAULT, MIB, new Progress(), now::get);
    for (int i = 0; i < 10; i++) {
      now.addAndGet(Duration.ofSeconds(40).toNanos());
      guard.move();
    }
    now.addAndGet(Duration.ofSeconds(61).toNanos());

    assertThatThrownBy(guard::check)
        .isInstanceOf(ArchiveLimitException.class)
        .hasMessageContaining("no progress");
  }

  @Test
  @Proves("AR-05")
  void tooManyHeadersOfARarFileAreRefused() throws Exception {
    for (CraftedRar rar : new CraftedRar[] {CraftedRar.version4(), CraftedRar.version5()}) {
      for (int i = 0; i < 100; i++) {
        rar.file("f" + i, "x");
      }
      assertBomb(
          "a.rar",
          rar.bytes(),
          ExtractionLimits.DEFAULT.withKeptBytes(20_000),
          "headers of the rar file");
    }
  }

  @Test
  @Proves("AR-06")
  void aRarFileIsNotReadOnAfterItWasCancelled() throws Exception {
    Files.write(
        fixture.volume().resolve("a.rar"), CraftedRar.version5().file("f", "content").bytes());
    Progress progress = new Progress();
    progress.cancel();

    assertThatThrownBy(
            () -> fixture.extract("a.rar", ExtractionLimits.DEFAULT, PathFilter.NONE, progress))
        .isInstanceOf(OperationAbortedException.class);
  }

  @Test
  void whatIsBelowTheFloorMayExpandAsItLikes() throws Exception {
    fixture.extract("zeros.gz", compressed(GZIPOutputStream::new, new byte[4 * MIB]), TIGHT);

    assertThat(fixture.out().resolve("zeros")).hasSize(4 * MIB);
  }

  @Test
  @Proves("AR-05")
  void entriesThatShareTheirDataAreRefused() throws Exception {
    byte[] data = new byte[MIB];
    CraftedZip zip = new CraftedZip().entry("a", 0, data, MIB, CraftedZip.crc(data), 0100644);
    for (int i = 0; i < 100; i++) {
      zip.record("b" + i, 0, MIB, MIB, CraftedZip.crc(data), 0100644, 0);
    }

    assertBomb("a.zip", zip.bytes(), ExtractionLimits.DEFAULT, "overlap");
  }

  @Test
  @Proves("AR-05")
  void tooManyEntriesAreRefused() throws Exception {
    CraftedTar tar = new CraftedTar();
    CraftedZip zip = new CraftedZip();
    for (int i = 0; i < 600; i++) {
      tar.file("new/f" + i, "");
      tar.file("f" + i, "");
      zip.file("f" + i, "").file("new/f" + i, "");
    }
    ExtractionLimits limits = ExtractionLimits.DEFAULT.withEntries(1000);

    assertBomb("a.tar", tar.bytes(), limits, "more than 1000 entries");
    assertBomb("a.zip", zip.bytes(), limits, "more than 1000 entries");
  }

  @Test
  @Proves("AR-05")
  void deepTreesAndLongHeadersAreRefused() throws Exception {
    assertBomb(
        "deep.tar",
        new CraftedTar().file("top", "x").file("a/".repeat(300) + "f", "x").bytes(),
        ExtractionLimits.DEFAULT,
        "nested more than 200 deep");
    byte[] longName = CraftedTar.block("././@LongLink", 'L', 1L << 30, "");
    assertBomb("name.tar", longName, ExtractionLimits.DEFAULT, "larger than 64 KiB");
    byte[] pax = CraftedTar.block("pax", 'x', (1L << 33) - 1, "");
    assertBomb("pax.tar", pax, ExtractionLimits.DEFAULT, "larger than 8192 KiB");
    CraftedTar many = new CraftedTar();
    for (int i = 0; i < 100; i++) {
      many.header('g', "x".repeat(50_000));
    }
    assertBomb(
        "globals.tar",
        many.bytes(),
        ExtractionLimits.DEFAULT.withMetadataBytes(MIB),
        "names and headers");
    CraftedTar links = new CraftedTar();
    for (int i = 0; i < 200; i++) {
      links.link("l" + i, "t".repeat(90));
    }
    assertBomb(
        "links.tar",
        links.bytes(),
        ExtractionLimits.DEFAULT.withKeptBytes(20_000),
        "too many links");
  }

  @Test
  @Proves("AR-05")
  void dictionariesOfArchivesCountAsMemory() throws Exception {
    ArchiveTools.run(host, "seq 1 400000 > lines");
    ArchiveTools.run(
        host,
        "7z a -bd -mx=1 -md=16m volume/a.7z lines; xz -0 --lzma2=dict=8MiB"
            + ",mode=fast -c lines > volume/lines.xz");
    ArchiveTools.run(host, "7z a -bd -tzip -mm=LZMA -mx=1 -md=16m volume/a.zip lines");
    ArchiveTools.run(host, "zstd -q --long=24 -c < lines > volume/lines.zst; rm lines");
    ExtractionLimits limits = ExtractionLimits.DEFAULT.withDecoderBytes(MIB);

    for (String name : new String[] {"a.7z", "lines.xz", "a.zip", "lines.zst"}) {
      assertThatThrownBy(() -> fixture.extract(name, limits, PathFilter.NONE, new Progress()), name)
          .isInstanceOf(ArchiveLimitException.class)
          .hasMessageContaining("MiB");
      assertThat(fixture.tree()).isEmpty();
    }
  }

  @Test
  @Proves("AR-05")
  void sizesInHeadersAreNotBelieved() throws Exception {
    byte[] content = "0123456789".repeat(1000).getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() ->
            fixture.extract(
                "less.zip", new CraftedZip().file("ok", "x").deflated("f", content, 1).bytes()))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("not as large");
    assertThatThrownBy(() ->
            fixture.extract("more.zip", new CraftedZip().deflated("f", content, 1 << 30).bytes()))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("not as large");
    assertThatThrownBy(() ->
            fixture.extract("a.rar", CraftedRar.version5().file("f", content, 1 << 20).bytes()))
        .isInstanceOf(ArchiveException.class);
    byte[] tar =
        new CraftedTar().file("ok2", "x").raw(CraftedTar.block("f", '0', 1L << 32, "")).bytes();
    assertThatThrownBy(() -> fixture.extract("a.tar", tar))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("truncated");

    assertThat(fixture.tree()).isSubsetOf("ok", "ok2"); // what was not complete is gone
  }

  @Test
  @Proves("AR-06")
  void headersThatKeptOtherReadersBusyForHoursAreRefused() {
    byte[] time = pax("mtime", "1e1000000000");
    byte[] number = pax("GNU.sparse.realsize", "9".repeat(5000));
    byte[] loop = new CraftedTar().raw(new byte[] {1}).bytes();
    byte[] negative = CraftedTar.block("f", '0', 0, "");
    Arrays.fill(negative, 124, 136, (byte) 0xff);
    CraftedTar.sum(negative);
    byte[] pieces = sparse("4000000000000");

    for (byte[] archive : new byte[][] {time, number, loop, negative, pieces}) {
      assertThatThrownBy(() -> fixture.extract("a.tar", archive))
          .isInstanceOf(ArchiveException.class);
    }
  }

  private static byte[] pax(String keyword, String value) {
    String rest = " " + keyword + "=" + value + "\n";
    int length = rest.length() + String.valueOf(rest.length() + 4).length();
    return new CraftedTar().header('x', length + rest).file("f", "x").bytes();
  }

  private static byte[] sparse(String pieces) {
    StringBuilder records = new StringBuilder();
    for (String record : new String[] {"GNU.sparse.major=1", "GNU.sparse.minor=0"}) {
      records.append(record.length() + 4).append(' ').append(record).append('\n');
    }
    return new CraftedTar()
        .header('x', records.toString())
        .file("f", pieces + "\n1\n2\n3\n")
        .bytes();
  }

  @Test
  @Proves("AR-06")
  void anExtractionThatTakesTooLongEnds() throws Exception {
    ExtractionLimits limits =
        ExtractionLimits.DEFAULT.withTimes(Duration.ofMinutes(1), Duration.ofMillis(1));

    assertBomb("a.tar.gz", endless(200), limits, "takes more than");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Proves("AR-06")
  void anExtractionEndsSoonAfterItWasCancelled(boolean hidden) throws Exception {
    Files.write(fixture.volume().resolve("a.tar.gz"), endless(4000));
    Progress progress = new Progress();
    // an entry that users must not have keeps only the decoder busy
    PathFilter filter = hidden ? (_, _) -> PathFilter.Verdict.SKIP : PathFilter.NONE;
    CompletableFuture<ExtractionResult> running =
        CompletableFuture.supplyAsync(() -> {
          try {
            return fixture.extract("a.tar.gz", ExtractionLimits.DEFAULT, filter, progress);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    await().until(() -> progress.bytes() > 0);

    progress.cancel();

    assertThatThrownBy(() -> running.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(OperationAbortedException.class);
    assertThat(Files.exists(fixture.out().resolve("dir/zeros"))).isFalse();
  }

  @Test
  @Proves("QU-01")
  void theDiskLimitEndsAnExtractionInTheMiddle() throws Exception {
    CraftedTar tar = new CraftedTar();
    for (int i = 0; i < 16; i++) {
      tar.file("f" + i, "c".repeat(4096));
    }
    byte[] archive = tar.bytes();
    account.limit(10 * 4096);

    assertThatThrownBy(() -> fixture.extract("a.tar", archive))
        .isInstanceOf(DiskLimitException.class);

    // complete files stay, the one that did not fit is gone, and only the former are charged
    assertThat(fixture.tree()).hasSizeLessThanOrEqualTo(10).isNotEmpty();
    assertThat(account.used()).isEqualTo(fixture.tree().size() * 4096L);
    for (String name : fixture.tree()) {
      assertThat(fixture.out().resolve(name)).hasSize(4096);
    }
    account.limit(16 * 4096);
    fixture.extract("a.tar", archive);
    assertThat(account.used()).isEqualTo(16 * 4096);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.tar.gz", "a.zip", "a.7z", "zeros.gz"})
  @Proves("DF-03")
  void aLargeFileThatReachesTheDiskLimitIsRemovedAtOnce(String name) throws Exception {
    byte[] random = new byte[6 * MIB];
    new Random(2).nextBytes(random);
    Files.write(host.resolve("big"), random);
    ArchiveTools.run(
        host,
        switch (name) {
          case "a.tar.gz" -> "tar -czf volume/a.tar.gz big";
          case "a.zip" -> "zip -q volume/a.zip big";
          case "a.7z" -> "7z a -bd volume/a.7z big";
          default -> "gzip -c big > volume/zeros.gz";
        });
    Files.delete(host.resolve("big"));
    account.limit(2 * MIB);

    assertThatThrownBy(
            () -> fixture.extract(name, ExtractionLimits.DEFAULT, PathFilter.NONE, new Progress()))
        .isInstanceOf(DiskLimitException.class);

    assertThat(fixture.tree()).isEmpty();
    assertThat(account.used()).isCloseTo(0, within(SLACK));
  }
}
