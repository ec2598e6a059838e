package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileApi.Answer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RevisionRoutesTest {
  @TempDir Path data;

  private FileApi api;

  @BeforeEach
  void start() throws IOException {
    api = new FileApi(data);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private long write(String file, String content) {
    Answer answer = api.write(file, BodyPublishers.ofString(content));
    assertThat(answer.status()).isEqualTo(200);
    JsonNode revision = answer.document().path("revision_id");
    return revision.isNull() ? -1 : revision.asLong();
  }

  private List<JsonNode> revisions(String query) {
    List<JsonNode> found = new ArrayList<>();
    Answer answer = api.get("/revisions?" + query);
    assertThat(answer.status()).isEqualTo(200);
    answer.document().path("revisions").forEach(found::add);
    return found;
  }

  @Test
  void anEditIsOnRecordAndItsContentsCanBeRead() {
    assertThat(write("/d/a.txt", "one")).as("a new file").isEqualTo(-1);

    long id = write("/d/a.txt", "two");

    List<JsonNode> found = revisions("file=%2Fd%2Fa.txt");
    assertThat(found).hasSize(2);
    assertThat(found.getFirst().path("id").asLong()).isEqualTo(id);
    assertThat(found.getFirst().path("user").asText()).isEqualTo(FileApi.USER.toString());
    assertThat(found.getLast().path("user").isNull()).isTrue();
    assertThat(api.get("/revisions/" + id + "?file=d%2Fa.txt").text()).isEqualTo("two");
    long first = found.getLast().path("id").asLong();
    Answer old = api.get("/revisions/" + first + "?file=%2Fd%2Fa.txt");
    assertThat(old.text()).isEqualTo("one");
    assertThat(old.header("content-length")).isEqualTo("3");
    assertThat(api.get("/revisions/" + first).text()).isEqualTo("one");
  }

  @Test
  void anEditThroughALinkIsOneOfTheRealFile() throws IOException {
    api.write("real/a", "one");
    Files.createSymbolicLink(api.file("link"), Path.of("real"));

    assertThat(write("link/a", "two")).isPositive();

    assertThat(revisions("file=real/a")).hasSize(2);
    assertThat(revisions("file=link/a")).hasSize(2);
  }

  @Test
  void whatTheServerChangedItselfInBetweenDoesNotStopTheHistory() throws IOException {
    api.write("a", "one");
    write("a", "two");
    Files.writeString(api.file("a"), "of the game");

    long id = write("a", "three");

    assertThat(api.get("/revisions/" + id + "?file=a").text()).isEqualTo("three");
  }

  @Test
  void whatIsNotAnEditIsNotOnRecord() {
    api.write("empty", "");
    assertThat(write("empty", "now it has text")).isEqualTo(-1);
    String large = "x".repeat((1 << 20) + 1);
    assertThat(write("new", large)).isEqualTo(-1);
    assertThat(write("new", "small again")).isEqualTo(-1);
    assertThat(write("new", large)).isEqualTo(-1);

    assertThat(revisions("file=new")).isEmpty();
    assertThat(data.resolve(".history")).doesNotExist();
  }

  @Test
  void theHistoryFollowsARenameAndEndsWithADelete() {
    write("d/a", "one");
    write("d/a", "two");

    api.call("PUT", "/rename", "{\"root\":\"/\",\"files\":[{\"from\":\"d\",\"to\":\"e\"}]}");

    assertThat(revisions("file=e%2Fa")).hasSize(2);
    assertThat(revisions("file=d%2Fa")).isEmpty();

    api.call("POST", "/delete", "{\"root\":\"/\",\"files\":[\"e\"]}");

    Awaitility.await().until(() -> revisions("file=e%2Fa").isEmpty());
  }

  @Test
  void unknownFilesHaveNoRevisions() throws IOException {
    Files.createSymbolicLink(api.file("circle"), Path.of("circle"));

    assertThat(revisions("file=%2Fno%2Fsuch")).isEmpty();
    assertThat(revisions("file=")).isEmpty();
    assertThat(revisions("file=no%00name")).isEmpty();
    assertThat(revisions("file=" + "x".repeat(256))).isEmpty();
    assertThat(revisions("file=circle&ignored=secret.yml")).isEmpty();
    assertThat(api.get("/revisions").status()).isEqualTo(400);
  }

  @Test
  void aRevisionThatIsNotOfTheFileIsNotFound() {
    api.write("a", "one");
    long id = write("a", "two");

    for (String target :
        List.of(
            "/revisions/" + id + "?file=b",
            "/revisions/999?file=a",
            "/revisions/-1?file=a",
            "/revisions/99999999999999999999?file=a",
            "/revisions/word?file=a",
            "/revisions/" + id + "?file=",
            "/revisions/" + id + "?file=..%2F..%2Fa%00",
            "/revisions/999")) {
      Answer answer = api.get(target);
      assertThat(answer.status()).as(target).isEqualTo(404);
      assertThat(answer.error()).as(target).isEqualTo("revision not found");
    }
  }

  @Proves("FS-06")
  @Test
  void theHistoryOfAHiddenFileIsHidden() throws IOException {
    api.write("secret.yml", "one");
    long id = write("secret.yml", "two");
    Files.createSymbolicLink(api.file("link"), Path.of("secret.yml"));

    for (String file : List.of("secret.yml", "link", ".%2Fx%2F..%2Fsecret.yml")) {
      assertThat(revisions("file=" + file + "&ignored=secret.yml")).as(file).isEmpty();
      assertThat(api.get("/revisions/" + id + "?file=" + file + "&ignored=secret.yml").status())
          .as(file)
          .isEqualTo(404);
    }
    assertThat(api.get("/revisions/" + id + "?ignored=secret.yml").status()).isEqualTo(404);
    assertThat(revisions("file=secret.yml")).hasSize(2);
  }

  @Test
  void answersHaveTheShapeThatThePanelReads() {
    JsonNode sample = PanelSamples.exchanges("node-api/files-revisions").get(1);
    String file = sample.path("query_pairs").path(0).path(1).asText();
    api.write(file.substring(1), "old text");
    write(file, "new text");

    JsonNode expected = sample.path("response_body").path("revisions");
    List<JsonNode> found = revisions(sample.path("query").asText());

    assertThat(members(found.getFirst())).isEqualTo(members(expected.path(0)));
    JsonNode one = PanelSamples.exchanges("node-api/files-revisions-revision").get(1);
    assertThat(
            api.get("/revisions/" + found.getLast().path("id") + "?" + one.path("query").asText())
                .text())
        .isEqualTo(one.path("response_body").asText());
  }

  private static Set<String> members(JsonNode document) {
    Set<String> names = new TreeSet<>();
    document.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
