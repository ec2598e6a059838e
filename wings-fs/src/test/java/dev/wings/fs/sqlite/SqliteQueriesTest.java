package dev.wings.fs.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.sqlite.QueryResultSet.Column;
import dev.wings.fs.sqlite.SqliteQueries.Query;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteQueriesTest {
  private static final int OWNER = 4711;
  private static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");

  @TempDir Path directory;

  private Volume volume;
  private Path host;
  private SqliteQueries queries;

  @BeforeEach
  void open() throws IOException {
    Volumes volumes = new Volumes(VolumeSettings.of(directory.resolve("volumes"), OWNER, OWNER));
    volume = volumes.of(SERVER);
    volume.prepare();
    host = Path.of(volume.hostPath());
    queries = new SqliteQueries(directory.resolve("tmp"));
  }

  @AfterEach
  void close() throws IOException {
    volume.close();
    assertThat(OpenDescriptors.below(directory.resolve("volumes"))).isEmpty();
  }

  /// Makes a database of the server.
  private Path database(String name, String... statements) throws SQLException, IOException {
    Path file = host.resolve(name);
    Files.createDirectories(file.getParent());
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
    volume.repairOwnership();
    return file;
  }

  private List<QueryResultSet> read(String name, String batch) throws Exception {
    return queries.run(volume, path(name), new Query(batch, /* readOnly= */ true, 100));
  }

  private List<QueryResultSet> write(String name, String batch) throws Exception {
    return queries.run(volume, path(name), new Query(batch, /* readOnly= */ false, 100));
  }

  private Path path(String name) {
    return volume.sandbox().clientPath(name);
  }

  private static QueryValue text(String value) {
    return new QueryValue.Text(value, /* truncated= */ false);
  }

  @Test
  void givesValuesOfEveryType() throws Exception {
    database(
        "sub/demo.sqlite",
        "CREATE TABLE t (a INTEGER, b REAL, c TEXT, d Blob, e)",
        "INSERT INTO t VALUES (9007199254740993, 1.5, 'ü', x'00ff', NULL), (-1, 1e300, '', x'',"
            + " 2)");

    List<QueryResultSet> sets = read("/sub/demo.sqlite", "SELECT *, a + 1 AS sum FROM t");

    assertThat(sets).hasSize(1);
    QueryResultSet set = sets.getFirst();
    assertThat(set.columns())
        .containsExactly(
            new Column("a", "INTEGER"),
            new Column("b", "REAL"),
            new Column("c", "TEXT"),
            new Column("d", "BLOB"),
            new Column("e", ""),
            new Column("sum", ""));
    assertThat(set.columns().get(3).binary()).isTrue();
    assertThat(set.columns().get(2).binary()).isFalse();
    assertThat(set.rows())
        .containsExactly(
            List.of(
                text("9007199254740993"),
                text("1.5"),
                text("ü"),
                new QueryValue.Binary("00ff", false),
                new QueryValue.Null(),
                text("9007199254740994")),
            List.of(
                text("-1"),
                text("1.0e+300"),
                text(""),
                new QueryValue.Binary("", false),
                text("2"),
                text("0")));
    assertThat(set.rowsAffected()).isZero();
    assertThat(set.truncated()).isFalse();
  }

  @Test
  void aBatchGivesOneResultForEachStatement() throws Exception {
    database("demo", "CREATE TABLE t (a)");

    List<QueryResultSet> sets =
        write(
            "demo",
            "INSERT INTO t VALUES (1), (2), (3); -- three\n;"
                + "CREATE TRIGGER x AFTER DELETE ON t BEGIN SELECT 1; SELECT 2; END;"
                + "UPDATE t SET a = a + 1 WHERE a > 1; DELETE FROM t WHERE a = 1 RETURNING a;"
                + "PRAGMA threads = 3; CREATE TABLE u (x); SELECT sum(a) FROM t");

    assertThat(sets)
        .extracting(QueryResultSet::rowsAffected)
        .containsExactly(3L, 0L, 2L, 1L, 0L, 0L, 0L);
    assertThat(sets.get(3).rows()).containsExactly(List.of(text("1")));
    assertThat(sets.getLast().rows()).containsExactly(List.of(text("7")));
    assertThat(sets.getFirst().columns()).isEmpty();
    assertThat(read("demo", "SELECT count(*) FROM t").getFirst().rows())
        .containsExactly(List.of(text("2")));
  }

  @Test
  void whatSqliteMakesBelongsToTheServer() throws Exception {
    database("demo", "CREATE TABLE t (a)");

    write("demo", "PRAGMA journal_mode = PERSIST; INSERT INTO t VALUES (1)");

    Path journal = host.resolve("demo-journal");
    assertThat(Files.getAttribute(journal, "unix:uid")).isEqualTo(OWNER);
    assertThat(Files.getAttribute(journal, "unix:gid")).isEqualTo(OWNER);
  }

  @Test
  void aDatabaseThatTheGameHasOpenIsReadAsItIs() throws Exception {
    Path file = database("demo", "PRAGMA journal_mode = WAL", "CREATE TABLE t (a)");
    try (Game game = new Game(file)) {
      game.execute("INSERT INTO t VALUES ('fresh')");
      volume.repairOwnership();

      assertThat(read("demo", "SELECT a FROM t").getFirst().rows())
          .containsExactly(List.of(text("fresh")));
      write("demo", "INSERT INTO t VALUES ('ours')");

      assertThat(host.resolve("demo-wal")).exists();
      game.execute("DELETE FROM t WHERE a = 'ours'");
      assertThat(read("demo", "SELECT a FROM t").getFirst().rows())
          .containsExactly(List.of(text("fresh")));
      game.execute("BEGIN IMMEDIATE");
      assertThatThrownBy(() -> write("demo", "INSERT INTO t VALUES (3)"))
          .isInstanceOf(QueryException.class)
          .hasMessage("database is locked");
    }
  }

  /// Another process that has a database open.
  private static final class Game implements AutoCloseable {
    private final Process process;

    Game(Path database) throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  GameProcess.class.getName(),
                  database.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    }

    void execute(String sql) throws IOException {
      process.outputWriter().append(sql).append('\n').flush();
      for (String line = process.inputReader().readLine();
          !GameProcess.DONE.equals(line);
          line = process.inputReader().readLine()) {
        assertThat(line).as(sql).isNotNull();
      }
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  @Test
  void aReadOnlyBatchChangesNothing() throws Exception {
    Path file = database("demo", "CREATE TABLE t (a)");
    byte[] before = Files.readAllBytes(file);

    assertThatThrownBy(() -> read("demo", "INSERT INTO t VALUES (1)"))
        .isInstanceOfSatisfying(
            QueryException.class,
            failure -> {
              assertThat(failure.reason()).isEqualTo(QueryException.Reason.REFUSED);
              assertThat(failure).hasMessage("attempt to write a readonly database");
            });

    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void errorsAreThoseOfSqlite() throws Exception {
    database("demo", "CREATE TABLE t (a)");
    Files.writeString(host.resolve("text"), "no database, only text".repeat(100));
    volume.repairOwnership();

    assertThatThrownBy(() -> read("demo", "SELECT * FROM missing"))
        .hasMessage("no such table: missing");
    assertThatThrownBy(() -> read("demo", "SELEC 1")).hasMessage("near \"SELEC\": syntax error");
    assertThatThrownBy(() -> read("text", "SELECT * FROM t")).hasMessage("file is not a database");
    assertThatThrownBy(() -> read("demo", "SELECT 1\0")).hasMessageContaining("unrecognized token");
    assertThatThrownBy(() -> read("demo", "SELECT load_extension('x')"))
        .isInstanceOf(QueryException.class)
        .hasMessage("not authorized");
  }

  @Test
  void otherFilesCannotBeReached() throws Exception {
    database("demo", "CREATE TABLE t (a)");
    database("other", "CREATE TABLE secret (a)");
    for (String batch :
        List.of(
            "SELECT 1; ATTACH 'other' AS x",
            "VACUUM INTO 'copy'",
            "PRAGMA temp_store_directory = '/'",
            "EXPLAIN ATTACH '/other' AS x")) {
      assertThatThrownBy(() -> write("demo", batch)).as(batch).hasMessage("not authorized");
    }
    assertThatThrownBy(() -> write("demo", "backup to 'copy'"))
        .hasMessageContaining("syntax error");

    assertThat(host.resolve("copy")).doesNotExist();
    assertThat(
            write("demo", "ATTACH ':memory:' AS m; CREATE TABLE m.t (a); SELECT count(*) FROM m.t")
                .getLast()
                .rows())
        .containsExactly(List.of(text("0")));
  }

  @Test
  void onlyRegularFilesOfTheVolumeAreDatabases() throws Exception {
    Path outside = directory.resolve("outside");
    database("real/a?b#c %41.db", "CREATE TABLE t (a)");
    Files.copy(host.resolve("real/a?b#c %41.db"), outside);
    Files.createSymbolicLink(host.resolve("inside"), Path.of("real/a?b#c %41.db"));
    Files.createSymbolicLink(host.resolve("escape"), outside);
    Files.createDirectory(host.resolve("directory"));

    assertThat(read("inside", "SELECT count(*) FROM t").getFirst().rows())
        .containsExactly(List.of(text("0")));
    for (String name : List.of("escape", "directory", "absent", "real/none/x")) {
      assertThatThrownBy(() -> read(name, "SELECT 1"))
          .as(name)
          .isInstanceOf(NoSuchFileException.class);
    }
    assertThat(host.resolve("absent")).doesNotExist();
  }

  @Proves("FS-01")
  @Test
  void aDirectoryThatIsSwappedForALinkLeadsNowhere() throws Exception {
    database("d/demo", "CREATE TABLE t (a)", "INSERT INTO t VALUES ('inside')");
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.copy(host.resolve("d/demo"), outside.resolve("demo"));
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + outside.resolve("demo"));
        Statement statement = other.createStatement()) {
      statement.execute("UPDATE t SET a = 'outside'");
    }
    byte[] canary = Files.readAllBytes(outside.resolve("demo"));
    Files.createSymbolicLink(host.resolve("link"), outside);
    AtomicBoolean done = new AtomicBoolean();
    Thread swapper = Thread.ofPlatform().start(() -> swap(done));
    int inside = 0;
    for (int i = 0; i < 12; i++) {
      try {
        List<QueryResultSet> sets = write("d/demo", "UPDATE t SET a = a; SELECT a FROM t");
        assertThat(sets.getLast().rows()).containsExactly(List.of(text("inside")));
        inside++;
      } catch (IOException | QueryException lost) {
        assertThat(lost).isNotNull(); // the race went the other way
      }
    }
    done.set(true);
    swapper.join();

    assertThat(inside).isLessThanOrEqualTo(12);
    assertThat(Files.readAllBytes(outside.resolve("demo"))).isEqualTo(canary);
    try (var files = Files.list(outside)) {
      assertThat(files).hasSize(1);
    }
  }

  private void swap(AtomicBoolean done) {
    try {
      while (!done.get()) {
        Files.move(host.resolve("d"), host.resolve("d2"));
        Files.move(host.resolve("link"), host.resolve("d"));
        Files.move(host.resolve("d"), host.resolve("link"));
        Files.move(host.resolve("d2"), host.resolve("d"), StandardCopyOption.ATOMIC_MOVE);
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void endsWhenTheTimeIsOver() throws Exception {
    database("demo", "CREATE TABLE t (a)");
    queries = new SqliteQueries(directory.resolve("tmp"), Duration.ofMillis(700));

    assertThatThrownBy(() ->
            read(
                "demo",
                "SELECT 1; WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
                    + " SELECT count(*) FROM c"))
        .isInstanceOfSatisfying(
            QueryException.class,
            failure -> {
              assertThat(failure.reason()).isEqualTo(QueryException.Reason.TIMEOUT);
              assertThat(failure).hasMessage("interrupted");
            });
  }

  @Test
  void cutsWhatIsTooMuch() throws Exception {
    database("demo", "CREATE TABLE t (a)");
    String numbers =
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 200000) ";

    List<QueryResultSet> sets =
        read(
            "demo",
            numbers
                + "SELECT x FROM c; SELECT printf('%.*c', 262143, 'x') || 'ü';"
                + "SELECT zeroblob(131073); SELECT zeroblob(131072);");

    assertThat(sets.get(0).rows()).hasSize(100);
    assertThat(sets.get(0).truncated()).isTrue();
    assertThat(sets.get(1).rows().getFirst().getFirst())
        .isEqualTo(new QueryValue.Text("x".repeat(262_143), /* truncated= */ true));
    assertThat(sets.get(2).rows().getFirst().getFirst())
        .isEqualTo(new QueryValue.Binary("00".repeat(131_072), /* truncated= */ true));
    assertThat(sets.get(3).rows().getFirst().getFirst())
        .isEqualTo(new QueryValue.Binary("00".repeat(131_072), /* truncated= */ false));

    List<QueryResultSet> total =
        read("demo", numbers + "SELECT printf('%.*c', 200000, 'x') FROM c; SELECT 1");
    assertThat(total.get(0).rows()).hasSize(20);
    assertThat(total.get(0).truncated()).isTrue();
    assertThat(total.get(1).rows()).as("nothing is left for it").isEmpty();
    assertThat(total.get(1).truncated()).isTrue();
    assertThatThrownBy(() -> read("demo", "SELECT length(zeroblob(33554433))"))
        .hasMessage("string or blob too big");
  }

  @Proves("JV-04")
  @Test
  void cannotTakeMoreMemoryThanItIsGiven() throws Exception {
    database("demo", "CREATE TABLE t (a)");

    assertThatThrownBy(() ->
            write(
                "demo",
                "ATTACH ':memory:' AS m; CREATE TABLE m.big (a);"
                    + " WITH RECURSIVE c(x) AS"
                    + " (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 400)"
                    + " INSERT INTO m.big SELECT randomblob(1000000) FROM c"))
        .isInstanceOf(QueryException.class)
        .hasMessageContaining("memory");
  }

  @Proves("QU-01")
  @Test
  void cannotGrowBeyondTheDiskLimit() throws Exception {
    database("demo", "CREATE TABLE t (a)");
    volume.scan();
    volume.limit(2 << 20);

    assertThatThrownBy(() -> write("demo", "INSERT INTO t VALUES (randomblob(8000000))"))
        .isInstanceOf(QueryException.class)
        .hasMessageMatching("disk I/O error|database or disk is full");
    assertThat(host.resolve("demo-journal")).doesNotExist();
    assertThatThrownBy(() ->
            write(
                "demo",
                "PRAGMA max_page_count = 1000000; INSERT INTO t VALUES (randomblob(8000000))"))
        .as("the kernel has the last word")
        .isInstanceOf(QueryException.class);
    assertThat(host.resolve("demo-journal")).doesNotExist();
    assertThat(volume.usedBytes()).isLessThan(100_000);
    write("demo", "INSERT INTO t VALUES (randomblob(1000000))");
    assertThat(volume.usedBytes()).isGreaterThan(1_000_000);

    volume.limit(1 << 19);
    assertThatThrownBy(() -> write("demo", "DELETE FROM t"))
        .isInstanceOfSatisfying(
            WingsException.class,
            full -> assertThat(full.kind()).isEqualTo(ErrorKind.OUT_OF_SPACE));
    assertThat(read("demo", "SELECT count(*) FROM t").getFirst().rows())
        .containsExactly(List.of(text("1")));
  }

  @Test
  void nothingIsLeftBehind() throws Exception {
    database("demo", "CREATE TABLE t (a)");

    write("demo", "CREATE TEMP TABLE x (a); INSERT INTO x VALUES (randomblob(10000))");

    try (var files = Files.list(host)) {
      assertThat(files.map(file -> String.valueOf(file.getFileName()))).containsExactly("demo");
    }
    assertThat(Files.getAttribute(host.resolve("demo"), "unix:uid", LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(OWNER);
  }

  @Test
  void aBatchHasALength() {
    assertThatThrownBy(() -> new Query("", true, 1)).hasMessage("query length is invalid");
    assertThatThrownBy(() -> new Query("ü".repeat(32_768), true, 1))
        .hasMessage("query length is invalid");
    assertThat(new Query("x".repeat(65_535), true, 0).rows()).isEqualTo(1);
    assertThat(new Query("x", true, 5000).rows()).isEqualTo(1000);
  }
}
