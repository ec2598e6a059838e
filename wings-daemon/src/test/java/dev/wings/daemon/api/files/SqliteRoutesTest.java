package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileApi.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteRoutesTest {
  @TempDir Path data;

  private FileApi api;

  @BeforeEach
  void start() throws IOException, SQLException {
    api = new FileApi(data);
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + api.file("demo.sqlite"));
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (a INTEGER, b BLOB)");
      statement.execute("INSERT INTO t VALUES (NULL, x'00ff'), (9007199254740993, NULL)");
    }
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private Answer query(String body) {
    return api.call("POST", "/sqlite-query", body);
  }

  @Test
  void answersWithOneResultForEachStatement() {
    Answer answer =
        query(
            "{\"file\":\"/demo.sqlite\",\"read_only\":false,\"rows\":1,\"query\":\"DELETE FROM t"
                + " WHERE a > 0; SELECT a, b FROM t, (SELECT 1 UNION SELECT 2)\"}");

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    JsonNode results = answer.document().path("results");
    assertThat(results).hasSize(2);
    assertThat(results.get(0).toString())
        .isEqualTo("{\"columns\":[],\"rows\":[],\"rows_affected\":1,\"truncated\":false}");
    assertThat(results.get(1).toString())
        .isEqualTo(
            "{\"columns\":[{\"name\":\"a\",\"type_name\":\"INTEGER\",\"binary\":false},"
                + "{\"name\":\"b\",\"type_name\":\"BLOB\",\"binary\":true}],"
                + "\"rows\":[[{\"type\":\"null\"},"
                + "{\"type\":\"binary\",\"value\":\"00ff\",\"truncated\":false}]],"
                + "\"rows_affected\":0,\"truncated\":true}");
  }

  @Test
  void answersHaveTheShapeThatThePanelReads() {
    JsonNode sample =
        PanelSamples.exchanges("node-api/files-sqlite-query").stream()
            .filter(exchange -> exchange.path("status").asInt() == 200)
            .findFirst()
            .orElseThrow();

    Answer answer = query(sample.path("request_body").toString());

    assertThat(answer.status()).isEqualTo(200);
    JsonNode expected = sample.path("response_body").path("results").path(0);
    JsonNode found = answer.document().path("results").path(0);
    assertThat(members(found)).isEqualTo(members(expected));
    assertThat(members(found.path("columns").path(0)))
        .isEqualTo(members(expected.path("columns").path(0)));
  }

  private static Set<String> members(JsonNode document) {
    Set<String> names = new TreeSet<>();
    document.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void refusesInTheWordsOfTheProtocol() throws IOException {
    Files.createDirectory(api.file("directory"));
    record Case(int status, String error, String body) {}
    for (Case refused :
        List.of(
            new Case(400, "no such table: x", body("demo.sqlite", "SELECT * FROM x")),
            new Case(400, "not authorized", body("demo.sqlite", "ATTACH 'x' AS y")),
            new Case(400, "query length is invalid", body("demo.sqlite", "")),
            new Case(400, "query length is invalid", body("demo.sqlite", "x".repeat(65_536))),
            new Case(404, "file not found", body("missing", "SELECT 1")),
            new Case(404, "file not found", body("directory", "SELECT 1")),
            new Case(404, "file not found", body("demo.sqlite/x", "SELECT 1")))) {
      Answer answer = query(refused.body());
      assertThat(answer.status()).as(refused.error()).isEqualTo(refused.status());
      assertThat(answer.error()).isEqualTo(refused.error());
    }
    assertThat(query("{\"query\":\"SELECT 1\"}").status()).isEqualTo(400);
    assertThat(query("{\"file\":\"demo.sqlite\"}").status()).isEqualTo(400);
  }

  private static String body(String file, String query) {
    return "{\"file\":\"" + file + "\",\"query\":\"" + query + "\"}";
  }

  @Proves("FS-06")
  @Test
  void aHiddenDatabaseIsNotThere() throws IOException {
    Files.createSymbolicLink(api.file("link"), Path.of("demo.sqlite"));
    for (String file : List.of("demo.sqlite", "link", "x/../demo.sqlite")) {
      for (boolean readOnly : List.of(true, false)) {
        Answer answer =
            query(
                "{\"file\":\""
                    + file
                    + "\",\"query\":\"SELECT 1\",\"ignored\":[\"demo.sqlite\"],\"read_only\":"
                    + readOnly
                    + "}");
        assertThat(answer.status()).as(file).isEqualTo(404);
      }
    }
  }
}
