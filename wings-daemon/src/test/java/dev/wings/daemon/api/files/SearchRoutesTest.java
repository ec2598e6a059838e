package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.TwoServers.Answer;
import dev.wings.daemon.http.LeakWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakWatch.class)
class SearchRoutesTest {
  @TempDir Path directory;

  private TwoServers files;

  @BeforeEach
  void start() throws IOException {
    files = new TwoServers(directory);
    files.write("server.properties", "motd=one two");
    files.write("d/b.txt", "one changed\n");
    files.write("d/m.txt", "ONE\n");
    files.write("d/big.txt", "one ".repeat(200));
    files.write("private/x.secret", "one");
  }

  @AfterEach
  void stop() {
    files.close();
  }

  private List<String> search(String json) throws IOException {
    Answer answer = files.post("search", json);
    assertThat(answer.status()).as(answer.document().toString()).isEqualTo(200);
    List<String> names = new ArrayList<>();
    answer.document().path("results").forEach(entry -> names.add(entry.path("name").asText()));
    return names.stream().sorted().toList();
  }

  private void refused(String json, int status, String error) throws IOException {
    Answer answer = files.post("search", json);
    assertThat(answer.error()).isEqualTo(error);
    assertThat(answer.status()).isEqualTo(status);
  }

  @Test
  void allFiltersWorkTogether() throws IOException {
    assertThat(search("{\"per_page\":100}")).hasSize(5);
    assertThat(
            search(
                """
                {"root":"/d","path_filter":{"include":["*.TXT"],"exclude":["d/m*"],
                 "case_insensitive":true},"size_filter":{"min":1,"max":18446744073709551615},
                 "content_filter":{"query":"one","max_search_size":100},"per_page":100}\
                """))
        .containsExactly("b.txt");
    assertThat(
            search(
                """
                {"root":"d","content_filter":{"query":"one","max_search_size":100,
                 "include_unmatched":true,"case_insensitive":true},"per_page":100}\
                """))
        .containsExactly("b.txt", "big.txt", "m.txt");
    assertThat(search("{\"per_page\":1}")).hasSize(1);
    assertThat(search("{\"per_page\":0}")).isEmpty();
  }

  @Test
  void theOlderFormFindsPathsOrContents() throws IOException {
    assertThat(search("{\"query\":\"d/b.\"}")).containsExactly("d/b.txt");
    assertThat(
            search("{\"root\":\"/d\",\"query\":\"ONE\",\"include_content\":true,\"max_size\":20}"))
        .containsExactly("b.txt", "m.txt");
  }

  @Test
  void theContextOfMatchesIsShown() throws IOException {
    Answer answer =
        files.post(
            "search",
            """
            {"root":"/d","path_filter":{"include":["b.txt"]},
             "content_filter":{"query":"changed","max_search_size":1000},
             "match_context":{"before":1,"after":1,"max_matches":5},"per_page":10}\
            """);

    JsonNode match = answer.document().at("/content_matches/0");
    assertThat(match.path("file").asText()).isEqualTo("b.txt");
    assertThat(match.path("truncated").asBoolean()).isFalse();
    assertThat(match.at("/blocks/0/content").asText()).isEqualTo("one changed");
    assertThat(match.at("/blocks/0/start_line").asInt()).isEqualTo(1);
    assertThat(match.at("/blocks/0/end_line").asInt()).isEqualTo(1);
    assertThat(match.at("/blocks/0/matches/0/start_byte").asInt()).isEqualTo(4);
    assertThat(match.at("/blocks/0/matches/0/end_byte").asInt()).isEqualTo(11);
    assertThat(files.post("search", "{\"per_page\":1}").document().has("content_matches"))
        .isFalse();
  }

  @Test
  void refusesWhatCannotBeSearched() throws IOException {
    String context = ",\"match_context\":{\"before\":0,\"after\":0,\"max_matches\":%d}}";
    String content = "{\"per_page\":1,\"content_filter\":{\"query\":\"%s\",\"max_search_size\":9}";

    refused("{\"root\":\"d/b.txt\",\"per_page\":1}", 404, "root is not a directory");
    refused(
        "{\"per_page\":1,\"path_filter\":{\"include\":[],\"exclude\":[\"[\"]}}",
        417,
        "invalid path filter");
    refused(
        "{\"per_page\":1" + context.formatted(1),
        400,
        "match context requires a nonempty content query");
    refused(
        content.formatted("") + context.formatted(1),
        400,
        "match context requires a nonempty content query");
    refused(
        content.formatted("x") + context.formatted(101),
        400,
        "match count exceeds the configured context search limit");
    refused(content.formatted("x".repeat(70_000)) + "}", 400, "invalid content query");
    refused("{}", 400, "invalid payload: missing field per_page");
    assertThat(search("{\"per_page\":1,\"path_filter\":{\"include\":[\"[\"]}}")).isEmpty();
  }

  @Test
  @Proves("FS-06")
  void nothingHiddenIsFoundOrFingerprinted() throws IOException {
    Files.createSymbolicLink(files.host().resolve("alias"), Path.of("private"));
    TwoServers.deny(files.server, "/private/");

    for (String root : List.of("/", "/private", "/alias", "private/..")) {
      Answer answer =
          files.post(
              "search",
              ("{\"root\":\"%s\",\"content_filter\":{\"query\":\"one\",\"max_search_size\":99},"
                      + "\"per_page\":99}")
                  .formatted(root));
      assertThat(answer.document().toString()).doesNotContain("secret");
    }
    Answer prints =
        files.get(
            "fingerprints?algorithm=md5&files=private/x.secret&files=alias/x.secret&files=/d/b.txt");
    assertThat(prints.document().path("fingerprints")).hasSize(1);
    assertThat(prints.document().at("/fingerprints/~1d~1b.txt").asText())
        .isEqualTo("07a83dea7a789ff74e78a885c64875b9");
  }

  @Test
  void fingerprintsNeedAnAlgorithmAndFiles() throws IOException {
    assertThat(files.get("fingerprints?algorithm=md4&files=a").status()).isEqualTo(400);
    assertThat(files.get("fingerprints?algorithm=md5").status()).isEqualTo(400);
    assertThat(
            files
                .get("fingerprints?algorithm=md5&files=b.txt&root=d")
                .document()
                .at("/fingerprints/b.txt")
                .asText())
        .isEqualTo("07a83dea7a789ff74e78a885c64875b9");
  }

  @Test
  void whatThePanelSentIsUnderstood() throws IOException {
    files.write("a.txt", "x");
    for (JsonNode sample : PanelSamples.exchanges("node-api/files-search")) {
      Answer answer = files.replay(sample);
      assertThat(answer.status()).as(sample.path("note").asText()).isEqualTo(200);
      JsonNode results = answer.document().path("results");
      assertThat(results.isArray()).isTrue();
      JsonNode known = sample.at("/response_body/results/0");
      if (sample.path("answer_constructed").asBoolean()) {
        known
            .fieldNames()
            .forEachRemaining(member -> assertThat(results.get(0).has(member)).as(member).isTrue());
      }
      if (sample.path("note").asText().equals("files search all")) {
        assertThat(results).hasSize(2);
      }
    }
    for (JsonNode sample : PanelSamples.exchanges("node-api/files-fingerprints")) {
      Answer answer = files.replay(sample);
      assertThat(answer.status()).isEqualTo(200);
      if (sample.path("reference_node").asBoolean()) {
        assertThat(answer.document()).isEqualTo(sample.path("response_body"));
      }
    }
  }
}
