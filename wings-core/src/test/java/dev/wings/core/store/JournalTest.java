package dev.wings.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.json.Json;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JournalTest {
  private static final JournalLimits WIDE = new JournalLimits(1000, 1 << 20, 1000, 1 << 20);

  @TempDir Path directory;
  private final FaultyDisk disk = new FaultyDisk();
  private final AtomicLong nanos = new AtomicLong();

  private Path file() {
    return directory.resolve("j");
  }

  private Journal open(JournalLimits limits) throws IOException {
    return Journal.open(file(), limits, entry -> entry.path("who").asText(), nanos::get, disk);
  }

  private Journal open() throws IOException {
    return open(WIDE);
  }

  private static JsonNode number(int value) {
    return IntNode.valueOf(value);
  }

  private static JsonNode of(String who, int number) {
    return Json.mapper().createObjectNode().put("who", who).put("n", number);
  }

  private static List<JsonNode> contents(Journal journal) {
    return journal.entries().stream().map(Journal.Entry::content).toList();
  }

  private static List<Integer> numbers(Journal journal, String who) {
    return journal.entries(who).stream().map(e -> e.content().path("n").asInt()).toList();
  }

  private List<String> files() throws IOException {
    try (var found = Files.list(directory)) {
      return found.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void entriesSurviveAndRemovedOnesDoNot() throws IOException {
    try (Journal journal = open()) {
      long first = journal.append(number(1));
      journal.append(number(2));
      journal.remove(List.of(first));
    }
    try (Journal journal = open()) {
      assertThat(contents(journal)).containsExactly(number(2));
      assertThat(journal.append(number(3))).isGreaterThan(2);
    }
  }

  @Test
  void aFileOfTheFirstVersionIsRead() throws IOException {
    String line = new String(JournalScan.line("{\"id\":7,\"entry\":5}".getBytes()));
    Files.writeString(file(), "\n" + line + "\n" + line.replace("7", "8"));

    try (Journal journal = open()) {
      assertThat(contents(journal)).containsExactly(number(5));
    }
  }

  @Test
  void anEmptiedJournalTakesNoSpace() throws IOException {
    try (Journal journal = open()) {
      journal.remove(List.of(journal.append(number(1)), journal.append(number(2))));

      assertThat(file()).isEmptyFile();
      journal.append(number(3));
    }
    try (Journal journal = open()) {
      assertThat(contents(journal)).containsExactly(number(3));
    }
  }

  @Test
  void theFileDoesNotGrowWithWhatIsGone() throws IOException {
    JsonNode large = TextNode.valueOf("x".repeat(60_000));
    try (Journal journal = open()) {
      journal.append(number(1));
      for (int i = 0; i < 100; i++) {
        journal.remove(List.of(journal.append(large)));
      }

      assertThat(Files.size(file())).isLessThan(1_200_000);
    }
    try (Journal journal = open()) {
      assertThat(contents(journal)).containsExactly(number(1));
    }
  }

  @Test
  @Proves("ST-02")
  void aTornEndIsCutOffAndCostsNothingElse() throws IOException {
    Random random = new Random(7);
    for (int round = 0; round < 100; round++) {
      byte[] bytes = twentyEntries();
      int kept = random.nextInt(bytes.length);
      Files.write(file(), Arrays.copyOf(bytes, kept));
      int whole = (int) IntStream.range(0, kept).filter(i -> bytes[i] == '\n').count();

      try (Journal journal = open()) {
        assertThat(contents(journal))
            .isEqualTo(IntStream.range(0, whole).mapToObj(JournalTest::number).toList());
        journal.append(number(99));
      }
      try (Journal journal = open()) {
        assertThat(contents(journal)).hasSize(whole + 1).contains(number(99));
      }
      assertThat(files()).containsExactly("j", "j.lock");
    }
  }

  @Test
  @Proves("ST-02")
  void aFlippedByteCostsItsEntryAndTheDamagedFileIsKept() throws IOException {
    Random random = new Random(11);
    for (int round = 0; round < 100; round++) {
      byte[] bytes = twentyEntries();
      int at = random.nextInt(bytes.length - 1);
      bytes[at] ^= (byte) (1 + random.nextInt(255));
      Files.write(file(), bytes);

      try (Journal journal = open()) {
        assertThat(journal.count()).isBetween(18, 19); // two when it was the end of a line
        journal.append(number(99));
      }

      assertThat(directory.resolve("j.damaged")).hasBinaryContent(bytes);
      try (Journal journal = open()) {
        assertThat(contents(journal)).contains(number(99));
      }
      assertThat(files()).containsExactly("j", "j.damaged", "j.lock");
      Files.delete(directory.resolve("j.damaged"));
    }
  }

  @Test
  @Proves("ST-02")
  void aPageOfGarbageInTheMiddleCostsWhatItHeld() throws IOException {
    for (byte filler : new byte[] {0, -1, '\n'}) {
      Files.deleteIfExists(file());
      try (Journal journal = open()) {
        for (int i = 0; i < 500; i++) {
          journal.append(of("someone", i));
        }
      }
      byte[] bytes = Files.readAllBytes(file());
      Arrays.fill(bytes, 8192, 12288, filler);
      Files.write(file(), bytes);

      try (Journal journal = open()) {
        assertThat(journal.count()).isBetween(350, 450);
        assertThat(numbers(journal, "someone")).contains(0, 499).isSorted();
      }
    }
    assertThat(files()).contains("j.damaged", "j.damaged-2");
  }

  private byte[] twentyEntries() throws IOException {
    Files.deleteIfExists(file());
    try (Journal journal = open()) {
      for (int i = 0; i < 20; i++) {
        journal.append(number(i));
      }
    }
    return Files.readAllBytes(file());
  }

  @Test
  @Proves("ST-02")
  void noiseADirectoryOrAnUnreadableFileDoNotKeepItFromOpening() throws IOException {
    Random random = new Random(3);
    for (int round = 0; round < 50; round++) {
      byte[] noise = new byte[random.nextInt(5000)];
      random.nextBytes(noise);
      Files.write(file(), noise);
      try (Journal journal = open()) {
        assertThat(journal.isEmpty()).isTrue();
      }
    }
    Files.delete(file());
    Files.createDirectory(file());
    try (Journal journal = open()) {
      journal.append(number(1));
      assertThat(journal.isBehind()).isFalse();
    }
    disk.unreadable = true;
    try (Journal journal = open()) {
      journal.append(number(2));
    }
    disk.unreadable = false;

    try (Journal journal = open()) {
      assertThat(contents(journal)).containsExactly(number(2));
    }
    assertThat(files()).contains("j.damaged").hasSizeLessThanOrEqualTo(7);
  }

  @Test
  @Proves("ST-02")
  void aSecondUserIsRefusedAndTheNextOneIsNot() throws IOException {
    try (Journal journal = open()) {
      journal.append(number(1));
      assertThatThrownBy(this::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("j is in use by this process already");
    }
    try (Journal journal = open()) {
      assertThat(contents(journal)).containsExactly(number(1));
    }
  }

  @Test
  @Proves("AC-01")
  void anOwnerAboveItsShareLosesItsOwnOldest() throws IOException {
    JournalLimits limits = new JournalLimits(1000, 1 << 20, 10, 1 << 20);
    try (Journal journal = open(limits)) {
      journal.append(of("quiet", 1));
      for (int i = 0; i < 130; i++) {
        journal.append(of("noisy", i));
      }

      assertThat(numbers(journal, "noisy")).containsExactlyElementsOf(range(120, 130));
      assertThat(numbers(journal, "quiet")).containsExactly(1);
      assertThat(journal.takeDropped()).isEqualTo(Map.of("noisy", 120L));
      assertThat(journal.takeDropped()).isEmpty();
    }
    try (Journal journal = open(limits)) {
      assertThat(numbers(journal, "noisy")).containsExactlyElementsOf(range(120, 130));
      journal.append(of("noisy", 130));
      assertThat(numbers(journal, "noisy")).containsExactlyElementsOf(range(121, 131));
      assertThat(journal.takeDropped()).isEqualTo(Map.of("noisy", 1L));
    }
  }

  @Test
  @Proves("AC-01")
  void aFullJournalTakesFromTheOwnerThatHoldsMost() throws IOException {
    try (Journal journal = open(new JournalLimits(50, 1 << 20, 40, 1 << 20))) {
      for (int i = 0; i < 40; i++) {
        journal.append(of("noisy", i));
      }
      for (int i = 0; i < 20; i++) {
        journal.append(of("quiet" + i % 4, i));
      }

      assertThat(journal.count()).isEqualTo(50);
      assertThat(numbers(journal, "noisy")).containsExactlyElementsOf(range(10, 40));
      assertThat(numbers(journal, "quiet0")).containsExactly(0, 4, 8, 12, 16);
    }
  }

  @Test
  @Proves("AC-01")
  void bytesAreBoundedForEachOwnerAndForAll() throws IOException {
    JsonNode large = Json.mapper().createObjectNode().put("who", "big").put("x", "y".repeat(900));
    try (Journal journal = open(new JournalLimits(1000, 10_000, 1000, 5_000))) {
      for (int i = 0; i < 20; i++) {
        journal.append(large);
      }
      assertThat(journal.entries("big")).hasSize(5);
      for (int i = 0; i < 300; i++) {
        journal.append(of("small" + i % 3, i)); // about 25 bytes each
      }

      assertThat(journal.entries("big")).hasSizeLessThan(5).isNotEmpty();
      assertThat(journal.count() - journal.entries("big").size()).isEqualTo(300);
    }
  }

  @Test
  void otherLimitsApplyToWhatIsThere() throws IOException {
    try (Journal journal = open()) {
      range(0, 30).forEach(i -> journal.append(of("a", i)));
    }
    try (Journal journal = open(new JournalLimits(1000, 1 << 20, 5, 1 << 20))) {
      assertThat(numbers(journal, "a")).containsExactly(25, 26, 27, 28, 29);
      assertThat(journal.takeDropped()).isEqualTo(Map.of("a", 25L));
    }
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  @Test
  @Proves("DF-02")
  void aFullDiskLosesNothingAndTheFileFollowsWhenThereIsSpace() throws IOException {
    try (Journal journal = open()) {
      long first = journal.append(number(1));
      journal.append(number(2));
      disk.full = true;
      journal.append(number(3));
      journal.remove(List.of(first));
      assertThat(contents(journal)).containsExactly(number(2), number(3));
      assertThat(journal.isBehind()).isTrue();
      assertThat(stored()).containsExactly(number(1), number(2));
      disk.full = false;

      journal.append(number(4)); // too early for another attempt
      assertThat(journal.isBehind()).isTrue();
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      journal.append(number(5));

      assertThat(journal.isBehind()).isFalse();
      assertThat(stored()).containsExactly(number(2), number(3), number(4), number(5));
      journal.append(number(6));
      assertThat(stored()).hasSize(5);
    }
    assertThat(files()).containsExactly("j", "j.lock");
  }

  @Test
  @Proves("DF-02")
  void whatIsDeliveredOnAFullDiskIsNotDeliveredAgain() throws IOException {
    try (Journal journal = open()) {
      long first = journal.append(number(1));
      disk.full = true;
      long second = journal.append(number(2));

      journal.remove(List.of(first, second));

      assertThat(file()).isEmptyFile();
      assertThat(journal.isBehind()).isFalse();
    }
  }

  @Test
  @Proves("DF-02")
  void startingOnAFullDiskWorksFromMemory() throws IOException {
    try (Journal journal = open()) {
      journal.append(number(1));
    }
    Files.write(file(), new byte[] {'x', '\n'}, java.nio.file.StandardOpenOption.APPEND);
    disk.full = true;
    try (Journal journal = open()) {
      journal.append(number(2));
      assertThat(contents(journal)).containsExactly(number(1), number(2));
      disk.full = false;
    }
    try (Journal journal = open()) { // closing tried once more
      assertThat(contents(journal)).containsExactly(number(1), number(2));
    }
  }

  @Test
  @Proves("DF-02")
  void afterAFailedSyncEverythingIsWrittenAnew() throws IOException {
    try (Journal journal = open()) {
      journal.append(number(1));
      disk.syncFails = true;
      journal.append(number(2));
      assertThat(journal.isBehind()).isTrue();
      disk.syncFails = false;
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());

      journal.catchUp();

      assertThat(journal.isBehind()).isFalse();
      assertThat(stored()).containsExactly(number(1), number(2));
    }
  }

  /// What another process would read.
  private List<JsonNode> stored() throws IOException {
    Path copy = Files.copy(file(), Files.createTempDirectory(directory, "copy").resolve("j"));
    try (Journal journal = Journal.open(copy, WIDE, _ -> "all", System::nanoTime, DiskFile::open)) {
      return contents(journal);
    } finally {
      try (var copies = Files.list(copy.getParent())) {
        for (Path path : copies.toList()) {
          Files.delete(path);
        }
      }
      Files.delete(copy.getParent());
    }
  }

  @Test
  void anInterruptedThreadDisturbsNobody() throws IOException {
    try (Journal journal = open()) {
      Thread.currentThread().interrupt();
      journal.append(number(1));
      assertThat(Thread.interrupted()).isTrue();
      journal.append(number(2));
      assertThat(journal.isBehind()).isFalse();
    }
    try (Journal journal = open()) {
      assertThat(contents(journal)).containsExactly(number(1), number(2));
    }
  }

  @Test
  @Proves("ST-02")
  void manyThreadsAppendAndRemoveAtOnce() throws Exception {
    try (Journal journal = open(new JournalLimits(10_000, 1 << 20, 10_000, 1 << 20))) {
      try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
        for (int t = 0; t < 8; t++) {
          String who = "thread-" + t;
          threads.submit(() -> {
            for (int i = 0; i < 100; i++) {
              long id = journal.append(of(who, i));
              if (i % 2 == 0) {
                journal.remove(List.of(id));
              }
            }
          });
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(50, TimeUnit.SECONDS)).isTrue();
      }
    }
    try (Journal journal = open()) {
      for (int t = 0; t < 8; t++) {
        assertThat(numbers(journal, "thread-" + t))
            .containsExactlyElementsOf(IntStream.range(0, 50).map(i -> 2 * i + 1).boxed().toList());
      }
    }
  }
}
