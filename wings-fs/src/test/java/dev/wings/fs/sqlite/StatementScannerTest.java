package dev.wings.fs.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.fs.sqlite.StatementScanner.Statement;
import dev.wings.fs.sqlite.StatementScanner.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementScannerTest {
  private static List<String> texts(String batch) {
    return StatementScanner.scan(batch).stream().map(Statement::text).toList();
  }

  private static Verdict only(String statement) {
    List<Statement> found = StatementScanner.scan(statement);
    assertThat(found).hasSize(1);
    return found.getFirst().verdict();
  }

  @Test
  void cutsAtSemicolonsOutsideOfQuotesAndComments() {
    assertThat(
            texts(
                "SELECT ';', \";\", `;`, [;], 'it''s;' -- a ; comment\n, 2 /* ; */; ;;"
                    + " SELECT 2 ; -- the end;\n"))
        .containsExactly(
            "SELECT ';', \";\", `;`, [;], 'it''s;' -- a ; comment\n, 2 /* ; */", " SELECT 2 ");
    assertThat(texts("SELECT 1")).containsExactly("SELECT 1");
    assertThat(texts(" -- nothing\n ; /* nothing */ ;")).isEmpty();
    assertThat(texts("SELECT 'open ; SELECT 2")).hasSize(1);
    assertThat(texts("SELECT 1 /* open ; SELECT 2")).hasSize(1);
  }

  @Test
  void keepsTriggersInOnePiece() {
    String trigger =
        "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN"
            + " SELECT CASE 1 WHEN 1 THEN 2 END; DELETE FROM t; END";
    assertThat(texts(trigger + "; SELECT 1")).containsExactly(trigger, " SELECT 1");
    assertThat(texts("EXPLAIN " + trigger)).hasSize(1);
    assertThat(texts("BEGIN; SELECT 1; END; SELECT 2"))
        .containsExactly("BEGIN", " SELECT 1", " END", " SELECT 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ATTACH '/etc/passwd' AS x",
        "attach database 'file' as x",
        "AtTaCh\"file\"AS x",
        "/* */ATTACH/**/'file'AS x",
        "--\nATTACH 'file' AS x",
        "\uFEFFATTACH 'file' AS x",
        "\f\r\n\tATTACH 'file' AS x",
        "\n\u000BATTACH 'file' AS x",
        "EXPLAIN ATTACH 'file' AS x",
        "explain query plan attach 'file' AS x",
        "ATTACH '' || '/etc/passwd' AS x",
        "ATTACH ':memory:' || '/x' AS x",
        "ATTACH ('') AS x",
        "ATTACH ?1 AS x",
        "ATTACH x'00' AS x",
        "ATTACH 'file::memory:?cache=shared' AS x",
        "ATTACH ' ' AS x",
        "ATTACH '''' AS x",
        "ATTACH",
        "VACUUM INTO 'copy'",
        "vacuum main into 'copy'",
        "VACUUM/**/INTO/**/'copy'",
        "PRAGMA temp_store_directory = '/tmp'",
        "PRAGMA temp_store_directory('/tmp')",
        "PRAGMA main.\"temp_store_directory\" = 'x'",
        "PRAGMA [temp_store_directory]='x'",
        "PRAGMA 'data_store_directory'='x'",
        "PRAGMA/**/Hard_Heap_Limit--\n=1",
        "EXPLAIN PRAGMA soft_heap_limit(1)",
      })
  void denies(String statement) {
    assertThat(only(statement)).isEqualTo(Verdict.DENY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ATTACH '' AS x",
        "ATTACH DATABASE ':memory:' AS x",
        "ATTACH \"\" AS x",
        "EXPLAIN ATTACH ':memory:' AS x",
        "VACUUM",
        "VACUUM main",
        "PRAGMA temp_store_directory",
        "PRAGMA hard_heap_limit;",
        "PRAGMA table_info(t)",
        "PRAGMA threads",
        "SELECT 'ATTACH x AS y; VACUUM INTO z'",
        "SELECT attach FROM t",
        "INSERT INTO t VALUES ('PRAGMA hard_heap_limit = 1')",
        "ATTACH_IT",
      })
  void lets(String statement) {
    assertThat(only(statement)).isEqualTo(Verdict.RUN);
  }

  @Test
  void ignoresTheNumberOfThreads() {
    assertThat(only("PRAGMA threads = 8")).isEqualTo(Verdict.IGNORE);
    assertThat(only("pragma main.threads(8)")).isEqualTo(Verdict.IGNORE);
  }

  @Test
  void refusesANul() {
    assertThatThrownBy(() -> StatementScanner.scan("SELECT 1;\0ATTACH 'x' AS y"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
