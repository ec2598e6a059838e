package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.config.LimitsConfig;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.OperationStatus;
import dev.wings.core.operation.Operations;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileApi.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class ArchiveRoutesTest {
  /// What the recorded node, which is older, said about formats that it did not know.
  private static final Set<String> UNKNOWN_THEN = Set.of("tar_lzip");

  @TempDir Path data;
  private FileApi api;

  @BeforeEach
  void start() throws IOException {
    api = new FileApi(data);
  }

  @AfterEach
  void stop() throws IOException {
    api.close();
    try (Stream<Path> files = Files.walk(data)) {
      assertThat(files.map(Path::getFileName).map(String::valueOf))
          .noneMatch(name -> name.startsWith(".wings-staging"));
    }
  }

  private Answer compress(String body) {
    return api.call("POST", "/compress", body);
  }

  @Test
  void everyRecordedRequestIsAnsweredAsThePanelAccepted() {
    api.write("d/inside", "inside");
    api.write("a", "a");
    api.write("server.sh", "#!/bin/sh");
    int replayed = 0;
    for (JsonNode exchange : PanelSamples.exchanges("node-api/files-compress")) {
      JsonNode body = exchange.path("request_body");
      JsonNode recorded = exchange.path("response_body");
      String what = exchange.path("note").asText();

      Answer answer = compress(body.toString());

      if (UNKNOWN_THEN.contains(body.path("format").asText())) {
        assertThat(answer.status()).as(what).isEqualTo(200);
        continue;
      }
      assertThat(answer.status()).as(what).isEqualTo(exchange.path("status").asInt());
      JsonNode document = answer.document();
      if (answer.status() == 202) {
        assertThat(UUID.fromString(document.path("identifier").asText())).isNotNull();
        Awaitility.await().until(() -> api.server.operations().list().isEmpty());
      } else {
        recorded.fieldNames().forEachRemaining(name -> assertThat(document.has(name)).isTrue());
        for (String same : new String[] {"mode", "directory", "file", "symlink"}) {
          assertThat(document.path(same)).as(what + same).isEqualTo(recorded.path(same));
        }
        if (!body.path("name").isNull()) {
          assertThat(document.path("name")).as(what).isEqualTo(recorded.path("name"));
        }
        assertThat(document.path("size").asLong()).as(what).isPositive();
      }
      replayed++;
    }
    assertThat(replayed).isGreaterThan(10);
  }

  @Test
  void anArchiveWithoutANameIsNamedByTheLocalTime() {
    api.write("world/level.dat", "level");

    Answer answer = compress("{\"root\":\"world\",\"files\":[\"level.dat\"]}");

    assertThat(answer.document().path("name").asText())
        .matches("archive-\\d{4}-\\d\\d-\\d\\dT\\d{6}\\+0200\\.tar\\.gz");
    assertThat(api.file("world/" + answer.document().path("name").asText())).isRegularFile();
  }

  @Test
  void theNameIsUsedAsGivenAndMayLeadIntoADirectory() throws IOException {
    api.write("a", "1");
    api.write("old/x.zip", "the old one");

    Answer answer =
        compress("{\"format\":\"zip\",\"name\":\"old/x.zip\",\"files\":[\"a\",\"missing\"]}");

    assertThat(answer.document().path("name").asText()).isEqualTo("x.zip");
    try (ZipFile zip = new ZipFile(api.file("old/x.zip").toFile())) {
      assertThat(zip.stream().map(Object::toString)).containsExactly("a");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"root":"missing","files":["a"]}                | 404 | root not found
          {"root":"a","files":["a"]}                      | 417 | root is not a directory
          {"root":"hidden","files":["a"]}                 | 404 | root not found
          {"name":"x.secret","files":["a"]}               | 417 | file not found
          {"name":"hidden/x.zip","files":["a"]}           | 417 | file not found
          {"name":"d","files":["a"]}                      | 417 | failed to compress files: /d: is a directory
          {"name":"no/such/x.zip","files":["a"]}          | 417 | failed to compress files: No such file or directory
          {"files":["a"],"ignored":["[x"]}                | 404 | root not found
          {"root":"/"}                                    | 400 | invalid payload: missing field files
          {"format":"rar","files":["a"]}                  | 400 | invalid payload: format is unknown
          {"format":"itaf","files":["a"]}                 | 400 | invalid payload: format is unknown
          """)
  void refusesWithTheTextsOfTheProtocol(String body, int status, String error) {
    api.write("a", "1");
    api.write("d/b", "2");
    api.write("hidden/a", "3");
    String refused = body.contains("ignored") ? body : hiding(body);

    Answer answer = compress(refused);

    assertThat(answer.error()).isEqualTo(error);
    assertThat(answer.status()).isEqualTo(status);
  }

  private static String hiding(String body) {
    return body.replace("{", "{\"ignored\":[\"*.secret\",\"hidden\"],");
  }

  @Test
  @Proves("FS-06")
  void whatIsHiddenFromTheUserIsNotInTheArchive() throws IOException {
    api.write("plugins/open.yml", "1");
    api.write("plugins/x.secret", "2");
    api.write("plugins/mine.txt", "3");

    Answer answer =
        compress(
            "{\"format\":\"zip\",\"name\":\"x.zip\",\"ignored\":[\"*.secret\",\"mine.txt\"],"
                + "\"files\":[\"plugins\",\"plugins/x.secret\",\"plugins/mine.txt\"]}");

    assertThat(answer.status()).isEqualTo(200);
    try (ZipFile zip = new ZipFile(api.file("x.zip").toFile())) {
      assertThat(zip.stream().map(Object::toString))
          .containsExactly("plugins/", "plugins/open.yml");
    }
  }

  @Test
  void anArchiveThatDoesNotFitLeavesNothing() throws IOException {
    byte[] noise = new byte[3_000_000];
    new Random(1).nextBytes(noise);
    Files.write(api.file("noise"), noise);
    api.volume.limit(4_000_000);
    api.volume.scan();

    Answer answer = compress("{\"format\":\"tar_gz\",\"name\":\"x.tar.gz\",\"files\":[\"noise\"]}");

    assertThat(answer.status()).isEqualTo(417);
    assertThat(answer.error()).startsWith("failed to compress files: ");
    assertThat(api.file("x.tar.gz")).doesNotExist();
  }

  @Test
  void inTheBackgroundTheOutcomeIsAnEvent() {
    List<ServerEvent> events = new CopyOnWriteArrayList<>();
    api.server.events().subscribe(events::add);
    api.write("a", "12345");

    Answer answer =
        compress("{\"name\":\"x.tar\",\"format\":\"tar\",\"files\":[\"a\"],\"foreground\":false}");

    assertThat(answer.status()).isEqualTo(202);
    UUID id = UUID.fromString(answer.document().path("identifier").asText());
    Awaitility.await().until(() -> events.contains(new ServerEvent.OperationCompleted(id)));
    OperationStatus first =
        events.stream()
            .filter(ServerEvent.OperationProgress.class::isInstance)
            .map(event -> ((ServerEvent.OperationProgress) event).status())
            .findFirst()
            .orElseThrow();
    JsonNode operation = first.toJson();
    assertThat(operation.path("type").asText()).isEqualTo("compress");
    assertThat(operation.path("path").asText()).isEmpty();
    assertThat(operation.path("files").toString()).isEqualTo("[\"a\"]");
    assertThat(operation.path("destination_path").asText()).isEqualTo("x.tar");
    assertThat(api.file("x.tar")).isRegularFile();
  }

  @Test
  void anAbortedOneSaysSoAndLeavesNothing() throws Exception {
    byte[] zeros = new byte[1 << 20];
    for (int i = 0; i < 200; i++) {
      Files.write(api.file("f" + i), zeros);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      names.add("\"f" + i + "\"");
    }
    Thread aborting =
        Thread.ofVirtual()
            .start(() ->
                Awaitility.await()
                    .until(() ->
                        api.server.operations().list().stream()
                            .anyMatch(status -> api.server.operations().abort(status.id()))));

    Answer answer =
        compress(
            "{\"name\":\"x\",\"format\":\"tar_xz\",\"files\":[" + String.join(",", names) + "]}");
    aborting.join();

    assertThat(answer.status()).isEqualTo(417);
    assertThat(answer.error()).isEqualTo("archive compression aborted by another source");
    assertThat(api.file("x")).doesNotExist();
  }

  @Test
  void tooManyOperationsAreRefused() throws Exception {
    api.write("a", "1");
    api.server.willAllow(new LimitsConfig(3, 1));
    CountDownLatch end = new CountDownLatch(1);
    Operations.Running<Boolean> other =
        api.server
            .operations()
            .start(
                new Operation.Copy("a", "b"),
                _ -> {
                  end.await();
                  return true;
                });

    Answer refused = compress("{\"name\":\"x\",\"files\":[\"a\"]}");
    end.countDown();
    other.await();

    assertThat(refused.status()).isEqualTo(417);
    assertThat(refused.error()).isEqualTo("too many concurrent operations");
    assertThat(compress("{\"name\":\"x\",\"files\":[\"a\"]}").status()).isEqualTo(200);
  }
}
