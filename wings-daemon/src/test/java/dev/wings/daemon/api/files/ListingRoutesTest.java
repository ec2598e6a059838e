package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.core.upload.Uploads;
import dev.wings.daemon.http.LeakWatch;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.TestConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
class ListingRoutesTest {
  @TempDir private Path directory;
  private FilesFixture files;

  @BeforeEach
  void start() throws IOException {
    files = new FilesFixture(directory);
  }

  @AfterEach
  void stop() {
    files.close();
  }

  private static List<String> names(JsonNode entries) {
    List<String> names = new ArrayList<>();
    entries.forEach(entry -> names.add(entry.path("name").asText()));
    return names;
  }

  private List<String> list(String... query) throws IOException {
    FilesFixture.Answer answer = files.get("list", query);
    assertThat(answer.status()).as(answer.document().toString()).isEqualTo(200);
    return names(answer.document().path("entries"));
  }

  @Test
  void aPageTellsTheTotalAndTheKindOfFileSystem() throws IOException {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      Files.createFile(files.host.resolve(name));
    }
    Files.createDirectory(files.host.resolve("z"));

    JsonNode answer = files.get("list", "per_page", "2", "page", "2").document();

    assertThat(answer.path("total").asInt()).isEqualTo(6);
    assertThat(answer.path("filesystem_primary").asBoolean()).isTrue();
    assertThat(answer.path("filesystem_writable").asBoolean()).isTrue();
    assertThat(answer.path("filesystem_fast").asBoolean()).isTrue();
    assertThat(names(answer.path("entries"))).containsExactly("b", "c");
  }

  @Test
  void uploadsIntoTheDirectoryAreShownUnlessTheirTargetsAreHidden() throws Exception {
    for (String target : List.of("world.zip", "user.secret")) {
      files
          .server
          .uploads()
          .begin(new Uploads.Begin("d", target, new UUID(1, 1), "u", 100L, true), 5);
    }
    Files.createDirectory(files.host.resolve("d"));

    JsonNode uploads =
        files.get("list", "directory", "/d", "ignored", "*.secret").document().path("uploads");

    assertThat(uploads).hasSize(1);
    assertThat(uploads.at("/0/target_name").asText()).isEqualTo("world.zip");
    assertThat(uploads.at("/0/name").asText()).isEqualTo("world.zip.upload-part");
    assertThat(files.get("list").document().path("uploads")).isEmpty();
  }

  @Test
  void pagingHasNoEdges() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      Files.createFile(files.host.resolve(name));
    }

    assertThat(list("per_page", "2", "page", "0")).containsExactly("a", "b");
    assertThat(list("per_page", "2", "page", "2")).containsExactly("c");
    assertThat(list("per_page", "2", "page", "3")).isEmpty();
    assertThat(list("per_page", "0")).containsExactly("a", "b", "c");
    assertThat(list("per_page", "0", "page", "2")).isEmpty();
    assertThat(list("per_page", "18446744073709551615", "page", "1")).hasSize(3);
    assertThat(list("per_page", "18446744073709551615", "page", "18446744073709551615")).isEmpty();
    assertThat(list("per_page", "2", "page", "4611686018427387905")).isEmpty();
  }

  @Test
  void thePageSizeIsTheConfiguredOneUnlessAskedOtherwise() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      Files.createFile(files.host.resolve(name));
    }
    files.config.set("api.directory_entry_limit", 2);

    assertThat(list()).containsExactly("a", "b");
    assertThat(list("per_page", "3")).containsExactly("a", "b", "c");
    assertThat(names(files.get("list-directory").document())).containsExactly("a", "b");

    files.config.set("api.directory_entry_limit", 0);

    assertThat(list()).hasSize(3);
    assertThat(names(files.get("list-directory").document())).hasSize(3);
  }

  @Test
  void bothNamesOfTheDirectoryParameterAreKnown() throws IOException {
    Files.createDirectory(files.host.resolve("d"));
    Files.createFile(files.host.resolve("d/inside"));

    assertThat(list("directory", "/d")).containsExactly("inside");
    assertThat(list("root", "d/")).containsExactly("inside");
    assertThat(list("directory", "/x/../d/.")).containsExactly("inside");
  }

  @Test
  void theCompatibleListingIsABareArrayInTheOrderOfTheBytes() throws IOException {
    for (String name : List.of("b", "A", "a", "B")) {
      Files.createFile(files.host.resolve(name));
    }
    Files.createDirectory(files.host.resolve("z"));

    JsonNode answer = files.get("list-directory", "directory", "/").document();

    assertThat(answer.isArray()).isTrue();
    assertThat(names(answer)).containsExactly("z", "A", "B", "a", "b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "list-directory"})
  void whatCannotBeListedIsRefusedInTheWordsOfTheProtocol(String route) throws IOException {
    Files.createFile(files.host.resolve("file"));

    FilesFixture.Answer missing = files.get(route, "directory", "/nope");
    assertThat(missing.status()).isEqualTo(404);
    assertThat(missing.error()).isEqualTo("path not found");
    FilesFixture.Answer file = files.get(route, "directory", "/file");
    assertThat(file.status()).isEqualTo(417);
    assertThat(file.error()).isEqualTo("path not a directory");
    FilesFixture.Answer below = files.get(route, "directory", "/file/x");
    assertThat(below.status()).isIn(404, 417);
    FilesFixture.Answer ignored = files.get(route, "directory", "/", "ignored", "[abc");
    assertThat(ignored.status()).isEqualTo(404);
    assertThat(ignored.error()).isEqualTo("directory not found");
    FilesFixture.Answer nul = files.get(route, "directory", "/a\0b");
    assertThat(nul.status()).isIn(400, 404);
  }

  @Test
  void anUnknownOrderIsAnInvalidQuery() throws IOException {
    assertThat(files.get("list", "sort", "colour_asc").status()).isEqualTo(400);
    assertThat(files.get("list", "page", "-1").status()).isEqualTo(400);
  }

  @Test
  @Proves("FS-06")
  void deniedAndIgnoredEntriesDoNotExistForTheListings() throws IOException {
    Files.createDirectories(files.host.resolve("d/private"));
    Files.writeString(files.host.resolve("d/egg.lock"), "x");
    Files.writeString(files.host.resolve("d/user.secret"), "x");
    Files.writeString(files.host.resolve("d/open"), "x");
    Files.createSymbolicLink(files.host.resolve("d/byname"), Path.of("egg.lock"));
    Files.createSymbolicLink(files.host.resolve("alias"), Path.of("d"));
    Files.createSymbolicLink(files.host.resolve("shortcut"), Path.of("d/private"));
    files.deny("*.lock", "[broken", "/d/private");

    for (String place : List.of("d", "alias")) {
      assertThat(list("directory", place, "ignored", "*.secret")).containsExactly("open");
      assertThat(
              names(
                  files
                      .get("list-directory", "directory", place, "ignored", "*.secret")
                      .document()))
          .containsExactly("open");
    }
    for (String hidden : List.of("d/private", "alias/private", "shortcut", "d/private/deeper")) {
      assertThat(files.get("list", "directory", hidden).status()).as(hidden).isEqualTo(404);
    }
    JsonNode found =
        files
            .post(
                "stat",
                """
                {"root": "/", "files": ["d/egg.lock", "d/open", "alias/egg.lock", "d/byname",
                "d/user.secret", "none", "d", "d/private", "d/./x/../open"],
                "ignored": ["*.secret"]}
                """)
            .document()
            .path("entries");
    assertThat(names(found)).containsExactly("d/open", "d", "d/./x/../open");
  }

  @ParameterizedTest
  @CsvSource({"'[\"[\"]'", "'\"text\"'", "'[7]'", "'{}'"})
  void anIgnoreListThatIsNotUnderstoodHidesEverything(String ignored) throws IOException {
    Files.createFile(files.host.resolve("a"));

    FilesFixture.Answer answer =
        files.post("stat", "{\"files\": [\"a\"], \"ignored\": " + ignored + "}");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.error()).isEqualTo("file not found");
  }

  @Test
  void statKeepsTheOrderAndTheNamesOfTheRequest() throws IOException {
    Files.createDirectory(files.host.resolve("d"));
    Files.writeString(files.host.resolve("d/x.json"), "{}");
    Files.writeString(files.host.resolve("d/y"), "");

    JsonNode entries =
        files
            .post(
                "stat", "{\"root\": \"d\", \"files\": [\"y\", \"nope\", \"/x.json\", \"\\u0000\"]}")
            .document()
            .path("entries");

    assertThat(names(entries)).containsExactly("y", "/x.json");
    assertThat(entries.path(1).path("mime").asText()).isEqualTo("application/json");
    assertThat(files.post("stat", "{}").status()).isEqualTo(400);
  }

  @Test
  @Proves("FS-07")
  void namesOfAnyBytesComeBackAsTheyWent() throws IOException {
    String odd = "n\uDBFF\uDEFF"; // the byte 0xFF
    Files.writeString(files.volume.root().resolve(odd), "x");
    Files.writeString(files.volume.root().resolve("quote\" back\\ line\n"), "x");

    List<String> listed = list();
    assertThat(listed).containsExactlyInAnyOrder(odd, "quote\" back\\ line\n");
    for (String name : listed) {
      JsonNode body =
          dev.wings.core.json.Json.mapper()
              .createObjectNode()
              .set("files", dev.wings.core.json.Json.mapper().createArrayNode().add(name));
      assertThat(names(files.post("stat", body.toString()).document().path("entries")))
          .containsExactly(name);
    }
  }

  @Test
  void bothRepresentationsSayTheSame() throws IOException {
    Files.writeString(files.host.resolve("a.txt"), "hello");
    Files.createDirectory(files.host.resolve("d"));

    JsonNode packed = files.get("list").document();
    try (RawClient client = new RawClient(files.port())) {
      RawClient.Answer answer =
          client
              .send(
                  "GET /api/servers/"
                      + FilesFixture.SERVER
                      + "/files/list HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer "
                      + TestConfig.TOKEN
                      + "\r\n\r\n")
              .read();
      assertThat(answer.header("content-type")).isEqualTo("application/json");
      assertThat(answer.header("vary")).contains("Accept");
      assertThat(dev.wings.core.json.Json.mapper().readTree(answer.body()).toString())
          .isEqualTo(packed.toString());
    }
  }

  /// What Panel 1.2.0 sent, on files like those it was recorded with.
  @Test
  void recordedRequestsAreAnswered() throws IOException {
    Files.createDirectory(files.host.resolve("d \u00e9"));
    Files.createDirectory(files.host.resolve("private"));
    Files.writeString(files.host.resolve("a.txt"), "hello world\n");
    Files.writeString(files.host.resolve("x.secret"), "x");
    for (JsonNode exchange : PanelSamples.exchanges("node-api/files-list")) {
      String query = exchange.path("query").asText();
      String note = exchange.path("note").asText();
      FilesFixture.Answer answer = files.send("GET", "list?" + query, new byte[0]);
      boolean missing = query.contains("%2Fnope");
      assertThat(answer.status()).as(note).isEqualTo(missing ? 404 : 200);
      if (missing) {
        assertThat(answer.raw().body())
            .isEqualTo(PanelSamples.bytes(exchange, "response_body_base64"));
      }
      if (exchange.path("panel_result").has("ok")
          && exchange.at("/response_body/entries/0").has("name")) {
        exchange.at("/response_body/entries/0").properties().stream()
            .filter(member -> !member.getKey().equals("extra"))
            .forEach(member ->
                assertThat(answer.document().at("/entries/0").path(member.getKey()).getNodeType())
                    .as(member.getKey())
                    .isEqualTo(member.getValue().getNodeType()));
      }
      if (query.contains("ignored")) {
        assertThat(names(answer.document().path("entries"))).containsExactly("d \u00e9", "a.txt");
      }
    }
  }
}
