package dev.wings.fs.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.fs.sqlite.StatementScanner.Statement;
import dev.wings.fs.sqlite.StatementScanner.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Batches of pieces that mean something to SQLite, put together at random, against SQLite itself:
/// whatever is let through opens and makes no file. `-Dwings.fuzz.seed`, `-Dwings.fuzz.rounds`.
@Timeout(120)
class StatementScannerFuzzTest {
  private static final long SEED = Long.getLong("wings.fuzz.seed", 20_261_125L);
  private static final int ROUNDS = Integer.getInteger("wings.fuzz.rounds", 20_000);

  private static final List<String> PIECES =
      List.of(
          "ATTACH ",
          "attach/**/",
          "DATABASE ",
          "'@'",
          "\"@\"",
          "[@]",
          "`@`",
          "''",
          "':memory:'",
          " AS x ",
          " AS y",
          "DETACH x",
          "VACUUM ",
          "main ",
          " INTO ",
          "EXPLAIN ",
          "QUERY PLAN ",
          "PRAGMA ",
          "temp_store_directory",
          " = ",
          "('@')",
          ";",
          "; ",
          "--",
          "-- x\n",
          "/*",
          "*/",
          "/* x */",
          "'",
          "\"",
          "[",
          "]",
          "`",
          "\n",
          "\t",
          "\f",
          "\u000B",
          "\uFEFF",
          "$a(",
          "#1",
          "x'",
          "x'00'",
          "SELECT ",
          "1",
          "CREATE ",
          "TEMP ",
          "TRIGGER q AFTER INSERT ON t ",
          "BEGIN ",
          "END",
          "||",
          "(",
          ")",
          "é",
          "\u212A");

  @TempDir Path directory;

  @Test
  void whatIsLetThroughTouchesNoFile() throws SQLException, IOException {
    Random random = new Random(SEED);
    String canary = directory.resolve("canary").toString();
    int denied = 0;
    int ran = 0;
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
      for (int round = 0; round < ROUNDS; round++) {
        String batch = batch(random).replace("@", canary);
        for (Statement statement : StatementScanner.scan(batch)) {
          if (statement.verdict() != Verdict.RUN) {
            denied++;
          } else if (runs(connection, statement.text())) {
            ran++;
          }
        }
        for (String end : List.of("ROLLBACK", "DETACH x", "DETACH y", "DETACH z")) {
          runs(connection, end);
        }
        try (Stream<Path> files = Files.list(directory)) {
          assertThat(files).as("seed %s, round %s: %s", SEED, round, batch).isEmpty();
        }
      }
    }
    assertThat(denied).isGreaterThan(ROUNDS / 100);
    assertThat(ran).isGreaterThan(ROUNDS / 100);
  }

  private static boolean runs(Connection connection, String sql) {
    try (PreparedStatement prepared = connection.prepareStatement(sql)) {
      prepared.execute();
      return true;
    } catch (SQLException nonsense) {
      assertThat(nonsense.getMessage()).doesNotContain("unable to open");
      return false;
    }
  }

  /// Begins like something dangerous more often than not.
  private static String batch(Random random) {
    StringBuilder batch = new StringBuilder();
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      if (random.nextInt(6) == 0) {
        batch.append(
            switch (random.nextInt(4)) {
              case 0 -> "ATTACH '@' AS z";
              case 1 -> "VACUUM INTO '@'";
              case 2 -> ";" + blank(random) + blank(random) + "ATTACH '@' AS z;";
              default -> "SELECT 1;";
            });
      } else {
        batch.append(PIECES.get(random.nextInt(PIECES.size())));
      }
    }
    return batch.toString();
  }

  private static String blank(Random random) {
    List<String> blanks =
        List.of(" ", "\t", "\n", "\u000B", "\f", "\r", "\uFEFF", "/**/", "--\n", "");
    return blanks.get(random.nextInt(blanks.size()));
  }
}
