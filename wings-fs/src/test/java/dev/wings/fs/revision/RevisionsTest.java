package dev.wings.fs.revision;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.wings.core.config.SystemConfig;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RevisionsTest {
  private static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final UUID USER = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");
  private static final Instant NOW = Instant.parse("2026-11-23T11:00:00.123Z");

  @TempDir Path directory;

  private volatile SystemConfig.FileHistory settings = settings(4, 5, 1 << 20, 200 << 20);
  private Revisions revisions;

  static SystemConfig.FileHistory settings(int interval, int chains, long cap, long serverBudget) {
    return new SystemConfig.FileHistory(
        true, 19, interval, chains, cap, 5 << 20, serverBudget, 3600);
  }

  @BeforeEach
  void open() {
    revisions = new Revisions(directory.resolve("diffs"), () -> settings, () -> NOW);
  }

  @AfterEach
  void close() {
    revisions.close();
  }

  private OptionalLong edit(String path, String before, String after) {
    return revisions.record(
        SERVER,
        path,
        Optional.of(before.getBytes(UTF_8)),
        after.getBytes(UTF_8),
        Optional.of(USER));
  }

  private List<String> contents(String path) throws IOException {
    List<String> found = new ArrayList<>();
    for (FileRevision revision : revisions.list(SERVER, path)) {
      found.add(new String(revisions.content(SERVER, path, revision.id()).orElseThrow(), UTF_8));
    }
    return found;
  }

  private Path database() {
    return directory.resolve("diffs").resolve(SERVER + ".db");
  }

  /// Text with little in common with itself, so that only a delta makes it small.
  static String text(int lines, long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      text.append(i).append('=').append(Long.toHexString(random.nextLong())).append('\n');
    }
    return text.toString();
  }

  @Test
  void theFirstEditRecordsWhatWasThereAndWhatIsThere() throws IOException {
    String before = text(50, 1);
    OptionalLong id = edit("server.properties", before, before + "motd=hello\n");

    List<FileRevision> found = revisions.list(SERVER, "server.properties");
    assertThat(found).hasSize(2);
    assertThat(found.getFirst().id()).isEqualTo(id.getAsLong());
    assertThat(found.getFirst().user()).contains(USER);
    assertThat(found.getFirst().snapshot()).isFalse();
    assertThat(found.getFirst().created()).isEqualTo(NOW);
    assertThat(found.getFirst().storedSize()).isLessThan(100);
    assertThat(found.getLast().user()).isEmpty();
    assertThat(found.getLast().snapshot()).isTrue();
    assertThat(found.getLast().created()).isEqualTo(NOW.minusMillis(1));
    assertThat(found.getLast().size()).isEqualTo(before.length());
    assertThat(contents("server.properties")).containsExactly(before + "motd=hello\n", before);
  }

  @Test
  void anEditWithoutAChangeGivesTheRevisionThatIsThere() throws IOException {
    long id = edit("a", "one", "two").getAsLong();

    assertThat(edit("a", "two", "two")).hasValue(id);
    assertThat(revisions.list(SERVER, "a")).hasSize(2);
    assertThat(edit("b", "same", "same")).isPresent();
    assertThat(contents("b")).containsExactly("same");
  }

  @Test
  void aChainEndsAfterTheInterval() throws IOException {
    String base = text(40, 2);
    edit("a", base, base + 0);
    for (int i = 1; i < 9; i++) {
      edit("a", "", base + i);
    }

    assertThat(revisions.list(SERVER, "a").reversed())
        .extracting(FileRevision::snapshot)
        .containsExactly(true, false, false, false, true, false, false, false, true, false);
  }

  @Test
  void whatHasNothingInCommonIsASnapshot() throws IOException {
    edit("a", text(50, 3), text(50, 4));

    assertThat(revisions.list(SERVER, "a")).extracting(FileRevision::snapshot).containsOnly(true);
  }

  @Test
  void contentThatLooksLikeADictionaryOfZstdCanBeEdited() throws IOException {
    byte[] magic = {0x37, (byte) 0xA4, 0x30, (byte) 0xEC, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    byte[] after = magic.clone();
    after[12] = 99;

    long id =
        revisions.record(SERVER, "a", Optional.of(magic), after, Optional.empty()).getAsLong();

    assertThat(revisions.content(SERVER, "a", id)).hasValue(after);
  }

  @Test
  void anEmptiedFileIsOnRecord() throws IOException {
    edit("a", "text", "");

    assertThat(contents("a")).containsExactly("", "text");
  }

  @Test
  void onlySoManyChainsAreKept() throws IOException {
    settings = settings(1, 3, 1 << 20, 200 << 20);
    for (int i = 0; i < 10; i++) {
      edit("a", "nothing", "content " + i);
    }

    assertThat(contents("a")).containsExactly("content 9", "content 8", "content 7");
  }

  @Test
  void theBudgetOfAServerTakesTheOldestChainsButLeavesEachFileOne() throws IOException {
    edit("old", text(100, 5), text(100, 6));
    edit("single", "x", "x");
    edit("new", text(100, 7), text(100, 8));
    settings = settings(4, 5, 1 << 20, 2500);

    edit("new", "", text(100, 9));

    assertThat(contents("old")).containsExactly(text(100, 6));
    assertThat(contents("single")).containsExactly("x");
    assertThat(contents("new").getFirst()).isEqualTo(text(100, 9));
    long total =
        Stream.of("old", "single", "new")
            .flatMap(path -> {
              try {
                return revisions.list(SERVER, path).stream();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            })
            .count();
    assertThat(total).isEqualTo(3);
  }

  @Test
  void whatIsAboveTheCapIsNotRecorded() throws IOException {
    settings = settings(4, 5, 10, 200 << 20);

    assertThat(edit("a", "small", "far too large for it")).isEmpty();
    assertThat(revisions.list(SERVER, "a")).isEmpty();
    assertThat(database()).doesNotExist();
  }

  @Test
  void nothingIsRecordedWhenTheHistoryIsOff() {
    settings = new SystemConfig.FileHistory(false, 19, 4, 5, 1 << 20, 5 << 20, 200 << 20, 3600);

    assertThat(edit("a", "one", "two")).isEmpty();
    assertThat(directory.resolve("diffs")).doesNotExist();
  }

  @Test
  void anEditFollowsTheWriting() throws IOException {
    Path root = Files.createDirectory(directory.resolve("volume"));
    Path file = Files.writeString(root.resolve("a.txt"), "old text");

    Edit edit = revisions.begin(SERVER, root, file).orElseThrow();
    ByteBuffer part = ByteBuffer.wrap("new ".getBytes(UTF_8));
    edit.append(part);
    edit.append(ByteBuffer.wrap("text".getBytes(UTF_8)));

    assertThat(part.remaining()).isEqualTo(4);
    assertThat(edit.complete(Optional.of(USER))).isPresent();
    assertThat(contents("a.txt")).containsExactly("new text", "old text");
  }

  @Test
  void newEmptyLargeAndOtherFilesAreNoEdits() throws IOException {
    settings = settings(4, 5, 10, 200 << 20);
    Path root = Files.createDirectory(directory.resolve("volume"));

    assertThat(revisions.begin(SERVER, root, root.resolve("new"))).isEmpty();
    assertThat(revisions.begin(SERVER, root, Files.createFile(root.resolve("empty")))).isEmpty();
    assertThat(
            revisions.begin(SERVER, root, Files.writeString(root.resolve("large"), "12345678901")))
        .isEmpty();
    assertThat(revisions.begin(SERVER, root, Files.createDirectory(root.resolve("directory"))))
        .isEmpty();
    Edit growing =
        revisions.begin(SERVER, root, Files.writeString(root.resolve("a"), "x")).orElseThrow();
    growing.append(ByteBuffer.allocate(6));
    growing.append(ByteBuffer.allocate(6));
    growing.append(ByteBuffer.allocate(1));
    assertThat(growing.complete(Optional.empty())).isEmpty();
  }

  @Test
  void theKeyOfAFileIsItsRealPlace() throws IOException {
    Path root = Files.createDirectory(directory.resolve("volume")).toRealPath();
    Files.createDirectory(root.resolve("real"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("real"));
    Files.createFile(root.resolve("real/file"));

    assertThat(Revisions.key(root, root.resolve("link/file"))).isEqualTo("real/file");
    assertThat(Revisions.key(root, root.resolve("link/absent"))).isEqualTo("real/absent");
    assertThat(Revisions.key(root, root.resolve("no/where"))).isEqualTo("no/where");
  }

  @Test
  void aRevisionMustBelongToTheFile() throws IOException {
    long id = edit("a", "one", "two").getAsLong();
    edit("b", "one", "two");

    assertThat(revisions.content(SERVER, "b", id)).isEmpty();
    assertThat(revisions.content(SERVER, "a", 999)).isEmpty();
    assertThat(revisions.content(SERVER, "unknown", id)).isEmpty();
    assertThat(revisions.list(new UUID(1, 1), "a")).isEmpty();
  }

  @Test
  void theHistoryFollowsARename() throws IOException {
    edit("d/a", "one", "two");
    edit("d/sub/b", "three", "four");
    edit("d2/c", "five", "six");
    edit("d!/e", "seven", "eight");

    revisions.renamed(SERVER, "d/a", "d/x");
    revisions.renamed(SERVER, "d", "moved");

    assertThat(contents("moved/x")).containsExactly("two", "one");
    assertThat(contents("moved/sub/b")).containsExactly("four", "three");
    assertThat(contents("d2/c")).hasSize(2);
    assertThat(contents("d!/e")).hasSize(2);
    assertThat(contents("d/a")).isEmpty();
  }

  @Test
  void aDeletedFileIsForgottenInASecond() {
    edit("gone", "one", "two");
    edit("stays", "one", "two");

    revisions.deleted(SERVER, "gone");

    Awaitility.await().until(() -> revisions.list(SERVER, "gone").isEmpty());
    assertThatCode(() -> assertThat(contents("stays")).hasSize(2)).doesNotThrowAnyException();
  }

  @Test
  void anEditorThatDeletesAndRenamesKeepsTheHistory() throws IOException {
    edit("config.yml", "one", "two");
    edit("other", "one", "two");

    revisions.deleted(SERVER, "config.yml");
    revisions.deleted(SERVER, "other");
    revisions.renamed(SERVER, "config.yml~", "config.yml");
    Awaitility.await().until(() -> revisions.list(SERVER, "other").isEmpty());

    assertThat(contents("config.yml")).containsExactly("two", "one");
  }

  @Test
  void aDeletedFileThatIsMadeAnewHasANewHistory() throws IOException {
    edit("a", "one", "two");

    revisions.deleted(SERVER, "a");
    edit("a", "three", "four");

    assertThat(contents("a")).containsExactly("four", "three");
  }

  @Test
  void whatIsMadeAnewInADeletedDirectoryIsNotForgottenWithIt() throws IOException {
    edit("d/a", "one", "two");
    edit("d/b", "one", "two");
    edit("new", "five", "six");
    edit("other", "one", "two");

    revisions.deleted(SERVER, "d");
    edit("d/a", "three", "four");
    revisions.renamed(SERVER, "new", "d/c");
    revisions.deleted(SERVER, "other");
    Awaitility.await().until(() -> revisions.list(SERVER, "other").isEmpty());

    assertThat(contents("d/a")).containsExactly("four", "three");
    assertThat(contents("d/b")).isEmpty();
    assertThat(contents("d/c")).containsExactly("six", "five");
  }

  @Test
  void aFileThatWasDeletedInARenamedDirectoryDoesNotComeAlong() throws IOException {
    edit("d/a", "one", "two");
    edit("d/b", "one", "two");

    revisions.deleted(SERVER, "d/a");
    revisions.renamed(SERVER, "d", "moved");

    assertThat(contents("moved/a")).isEmpty();
    assertThat(contents("moved/b")).containsExactly("two", "one");
  }

  @Test
  void nothingIsOpenedAfterTheEnd() {
    edit("a", "one", "two");
    revisions.close();

    assertThat(edit("a", "two", "three")).isEmpty();
    assertThat(directory.resolve("diffs")).isDirectoryNotContaining("glob:**-wal");
  }

  @Test
  void largeContentsAreAnsweredQuicklyAndPackedWellLater() throws IOException {
    StringBuilder words = new StringBuilder();
    Random random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      words.append(random.nextInt(1000)).append(i % 12 == 0 ? '\n' : ' ');
    }
    edit("large", "x", words.toString());
    int well = Payload.whole(words.toString().getBytes(UTF_8), 19).length;

    Awaitility.await().until(() -> revisions.list(SERVER, "large").getFirst().storedSize() == well);
    assertThat(contents("large")).containsExactly(words.toString(), "x");
  }

  @Test
  void aServersHistoryCanBeRemoved() throws IOException {
    edit("a", "one", "two");
    revisions.deleted(SERVER, "a");

    revisions.forget(SERVER);

    assertThat(directory.resolve("diffs")).isEmptyDirectory();
    assertThat(edit("a", "one", "two")).isPresent();
  }

  @Test
  void theTablesAreThoseOfOtherNodes() throws SQLException {
    edit("a", "one", "two");
    revisions.close();

    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
        Statement statement = connection.createStatement()) {
      try (ResultSet row =
          statement.executeQuery(
              "SELECT f.path, r.id, r.chain_id, r.size, hex(r.user_id), r.base_id,"
                  + " length(r.content_hash), r.created FROM files f JOIN revisions r"
                  + " ON r.file_id = f.id ORDER BY r.id LIMIT 1 OFFSET 1")) {
        assertThat(row.next()).isTrue();
        assertThat(row.getString(1)).isEqualTo("a");
        assertThat(row.getLong(4)).isEqualTo(3);
        assertThat(row.getString(5)).isEqualTo("4F15BEE276264C399234F28F42D30DC5");
        assertThat(row.getInt(7)).isEqualTo(32);
        assertThat(row.getLong(8)).isEqualTo(NOW.toEpochMilli());
      }
      try (ResultSet mode = statement.executeQuery("PRAGMA journal_mode")) {
        assertThat(mode.getString(1)).isEqualTo("wal");
      }
    }
  }

  @Test
  void aRevisionThatWasTamperedWithIsNotGivenOut() throws Exception {
    long id = edit("a", "one", "two").getAsLong();
    revisions.close();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("UPDATE revisions SET content_hash = zeroblob(32)");
    }
    open();

    assertThat(revisions.content(SERVER, "a", id)).isEmpty();
    long next = edit("a", "two", "three").getAsLong();
    assertThat(revisions.content(SERVER, "a", next)).hasValue("three".getBytes(UTF_8));
  }

  @Proves("ST-02")
  @Test
  void aDamagedDatabaseIsSetAsideAndBegunAnew() throws IOException {
    List<byte[]> damages =
        List.of(
            "this is no database at all, only some text".repeat(100).getBytes(UTF_8),
            flipped(),
            new byte[8192]);
    for (byte[] damage : damages) {
      revisions.close();
      Files.write(database(), damage);
      open();

      assertThat(edit("a", "one", "two")).isPresent();
      assertThat(contents("a").getFirst()).isEqualTo("two");
    }
    assertThat(directory.resolve("diffs").resolve(SERVER + ".db.damaged")).exists();
  }

  private byte[] flipped() throws IOException {
    for (int i = 0; i < 50; i++) {
      edit("file " + i, text(30, i), text(30, i + 100));
    }
    revisions.close();
    byte[] good = Files.readAllBytes(database());
    for (int page = 1; page < good.length / 4096; page++) {
      good[page * 4096] ^= 0x55;
    }
    open();
    return good;
  }

  @Proves("ST-02")
  @Test
  void whatStandsInTheWayOfTheDatabaseIsSetAside() throws IOException {
    Files.createDirectories(database());

    assertThat(edit("a", "one", "two")).isPresent();
  }

  @Proves("ST-02")
  @Test
  void aDatabaseOfAnotherShapeIsSetAside() throws Exception {
    Files.createDirectories(directory.resolve("diffs"));
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("CREATE TABLE revisions (something TEXT)");
    }

    assertThat(edit("a", "one", "two")).isPresent();
  }

  @Test
  void aHistoryThatCannotBeWrittenFailsNothing() throws IOException {
    Files.writeString(directory.resolve("diffs"), "a file where the directory should be");

    assertThat(edit("a", "one", "two")).isEmpty();
    assertThatCode(() -> revisions.renamed(SERVER, "a", "b")).doesNotThrowAnyException();
    assertThatCode(() -> revisions.deleted(SERVER, "a")).doesNotThrowAnyException();
    assertThatCode(() -> revisions.forget(SERVER)).doesNotThrowAnyException();
  }
}
