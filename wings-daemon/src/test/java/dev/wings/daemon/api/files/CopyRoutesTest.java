package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.config.LimitsConfig;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.TwoServers.Answer;
import dev.wings.daemon.http.LeakWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakWatch.class)
class CopyRoutesTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  private TwoServers files;

  @BeforeEach
  void start() throws IOException {
    files = new TwoServers(directory);
  }

  @AfterEach
  void stop() {
    files.close();
  }

  private Path host(String path) {
    return files.host().resolve(path);
  }

  private static void refused(Answer answer, int status, String error) {
    assertThat(answer.error()).isEqualTo(error);
    assertThat(answer.status()).isEqualTo(status);
  }

  private Answer copy(String path, String name) throws IOException {
    return files.post("copy", "{\"path\":\"%s\",\"name\":\"%s\"}".formatted(path, name));
  }

  @Test
  @Proves("FS-08")
  void copiesFilesWithTheirMode() throws IOException {
    files.write("d/a.sh", "run");
    Files.setPosixFilePermissions(host("d/a.sh"), PosixFilePermissions.fromString("rwxrwxr-x"));

    Answer answer = copy("/d/a.sh", "new/b.sh");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.document().path("name").asText()).isEqualTo("b.sh");
    assertThat(answer.document().path("size").asInt()).isEqualTo(3);
    assertThat(answer.document().path("mode").asText()).isEqualTo("-rwxrwxr-x");
    assertThat(host("d/new/b.sh")).hasContent("run");
    TwoServers.owned(host("d/new"));
    assertThat(copy("/d/a.sh", "/top.sh").status()).isEqualTo(200);
    assertThat(host("top.sh")).hasContent("run");
  }

  @Test
  void automaticNamesCountUp() throws IOException {
    files.write("d/a.tar.gz", "x");
    files.write("d/.env", "x");
    files.write("d/plain", "x");

    List<String> names = new CopyOnWriteArrayList<>();
    for (String path :
        List.of("d/a.tar.gz", "d/a.tar.gz", "d/a.tar.gz", "d/.env", "d/plain", "d")) {
      names.add(
          files
              .post("copy", "{\"location\":\"%s\"}".formatted(path))
              .document()
              .path("name")
              .asText());
    }

    assertThat(names)
        .containsExactly(
            "a copy.tar.gz",
            "a copy 1.tar.gz",
            "a copy 2.tar.gz",
            ".env copy",
            "plain copy",
            "d copy");
    for (int i = 3; i <= 50; i++) {
      files.write("d/a copy " + i + ".tar.gz", "");
    }
    assertThat(files.post("copy", "{\"path\":\"d/a.tar.gz\"}").document().path("name").asText())
        .matches("acopy\\.\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\\.tar\\.gz");
  }

  @Test
  void refusesWithTheWordsOfTheDocument() throws IOException {
    files.write("a", "a");
    files.write("b", "b");
    files.write("d/x", "x");

    refused(copy("nope", "x"), 404, "file not found");
    refused(copy("/", "x"), 417, "file has no parent");
    refused(copy("a", "b"), 409, "a file with that name already exists");
    refused(copy("a", "/"), 417, "destination has no parent");
    refused(copy("a", "x/.."), 417, "invalid destination file name");
    refused(
        copy("d", "d/inner"), 417, "failed to copy file: a directory cannot be copied into itself");
    refused(
        files.post("copy", "{\"path\":\"a\",\"name\":\"a\",\"overwrite\":true}"),
        417,
        "failed to copy file: source and destination are the same file");
    refused(
        files.post("copy", "{\"path\":\"a\",\"name\":\"d\",\"overwrite\":true}"),
        417,
        "failed to copy file: destination is not a file");
    assertThat(host("a")).hasContent("a");
    TwoServers.deny(files.server, "hidden", "*.key");
    refused(copy("a", "hidden/x"), 417, "parent directory not found");
    refused(copy("a", "x.key"), 417, "destination file not found");
    files.server.willAllow(new LimitsConfig(1, 1));
    assertThat(files.post("copy", "{\"path\":\"a\",\"name\":\"b\",\"overwrite\":true}").status())
        .isEqualTo(200);
    assertThat(host("b")).hasContent("a");
  }

  @Test
  @Timeout(30)
  @Proves("FS-04")
  void aFifoBlocksNobody() throws Exception {
    Files.createDirectory(host("d"));
    assertThat(new ProcessBuilder("mkfifo", host("d/fifo").toString()).start().waitFor()).isZero();
    files.write("d/file", "x");

    refused(copy("d/fifo", "x"), 404, "file not found");
    assertThat(copy("d", "e").status()).isEqualTo(200);
    assertThat(host("e/file")).hasContent("x");
    assertThat(host("e/fifo")).doesNotExist();
  }

  @Test
  @Proves({"FS-06", "FS-08"})
  void copiesTreesWithoutWhatIsHidden() throws IOException {
    files.write("d/a.txt", "a");
    files.write("d/b.key", "k");
    files.write("d/sub/c.txt", "c");
    files.write("d/private/x", "x");
    files.write("d/private/keep/y", "y");
    Files.createDirectory(host("d/empty"));
    Files.setPosixFilePermissions(host("d/sub"), PosixFilePermissions.fromString("r-xr-x--x"));
    Files.createSymbolicLink(host("d/rel"), Path.of("a.txt"));
    Files.createSymbolicLink(host("d/abs"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(host("d/up"), Path.of("../../../etc"));
    TwoServers.deny(files.server, "*.key", "/d/private/*", "!/d/private/keep/", "/e/sub/n*");

    Answer answer = copy("/d", "e");

    assertThat(answer.document().path("directory").asBoolean()).isTrue();
    assertThat(host("e/a.txt")).hasContent("a");
    assertThat(host("e/b.key")).doesNotExist();
    assertThat(host("e/private/x")).doesNotExist();
    assertThat(host("e/private/keep/y")).hasContent("y");
    assertThat(host("e/empty")).isDirectory();
    assertThat(Files.readSymbolicLink(host("e/rel"))).isEqualTo(Path.of("a.txt"));
    assertThat(Files.exists(host("e/abs"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(Files.exists(host("e/up"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(host("e/sub"))))
        .isEqualTo("r-xr-x--x");
    TwoServers.owned(host("e"));
  }

  @Test
  void copiesManyAndReportsWhatIsThere() throws IOException {
    files.write("r/a", "a");
    files.write("r/b", "b");
    files.write("r/there", "old");
    files.write("r/d/x", "x");

    Answer answer =
        files.post(
            "copy-many",
            """
            {"root":"/r","files":[{"from":"a","to":"n/a"},{"from":"b","to":"there"},
              {"from":"d","to":"e"},{"from":"nope","to":"x"},{"from":"a","to":"a"}]}\
            """);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.document().path("copied").asInt()).isEqualTo(2);
    assertThat(answer.document().path("skipped")).hasSize(1);
    assertThat(answer.document().at("/skipped/0/name").asText()).isEqualTo("there");
    assertThat(answer.document().at("/skipped/0/size").asInt()).isEqualTo(3);
    assertThat(host("r/n/a")).hasContent("a");
    assertThat(host("r/e/x")).hasContent("x");
    assertThat(host("r/there")).hasContent("old");
    Answer overwriting =
        files.post(
            "copy-many",
            """
            {"root":"r","files":[{"from":"b","to":"there"}],"overwrite":true,"foreground":false}\
            """);
    assertThat(overwriting.status()).isEqualTo(202);
    assertThat(UUID.fromString(overwriting.document().path("identifier").asText())).isNotNull();
    assertThat(overwriting.document().path("skipped")).isEmpty();
    await().until(() -> Files.readString(host("r/there")).equals("b"));
  }

  @Test
  void operationsAreAnnounced() throws IOException {
    files.write("a", "x".repeat(1000));
    List<ServerEvent> events = new CopyOnWriteArrayList<>();
    files.server.events().subscribe(events::add);

    String id =
        files
            .post("copy", "{\"path\":\"/a\",\"name\":\"b\",\"foreground\":false}")
            .document()
            .path("identifier")
            .asText();

    await().until(() -> events.stream().anyMatch(ServerEvent.OperationCompleted.class::isInstance));
    ServerEvent.OperationProgress first =
        events.stream()
            .filter(ServerEvent.OperationProgress.class::isInstance)
            .map(ServerEvent.OperationProgress.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(first.status().id()).hasToString(id);
    assertThat(first.status().toJson().path("type").asText()).isEqualTo("copy");
    assertThat(first.status().toJson().path("path").asText()).isEqualTo("a");
    assertThat(first.status().toJson().path("destination_path").asText()).isEqualTo("b");
  }

  @Test
  @Proves("QU-01")
  void copiesAreChargedBeforeTheyAreWritten() throws IOException {
    Files.write(host("big"), new byte[3 * MIB]);
    files.volume.scan();
    files.volume.limit(files.volume.usedBytes() + 3 * MIB - 1);

    Answer full = copy("big", "second");

    assertThat(full.status()).isEqualTo(417);
    assertThat(full.error()).startsWith("failed to copy file: ").contains("disk limit");
    assertThat(Files.size(host("second"))).isLessThan(3 * MIB);
    assertThat(files.volume.usedBytes()).isLessThanOrEqualTo(files.volume.limitBytes());
    Files.delete(host("second"));
    files.volume.scan();
    Answer many =
        files.post(
            "copy-many",
            "{\"files\":[{\"from\":\"big\",\"to\":\"x\"},{\"from\":\"big\",\"to\":\"y\"}]}");
    assertThat(many.status()).isEqualTo(417);
    assertThat(many.error()).startsWith("file copy operation failed: ").contains("disk limit");
    Files.deleteIfExists(host("x"));
    files.volume.scan();
    files.volume.limit(files.volume.usedBytes() + 4 * MIB);
    assertThat(copy("big", "second").status()).isEqualTo(200);
    assertThat(host("second")).hasSize(3 * MIB);
  }

  private Answer remote(String root, String from, String to, String more) throws IOException {
    return files.post(
        "copy-remote",
        ("{\"url\":\"\",\"token\":\"Bearer x\",\"root\":\"%s\",\"files\":[{\"from\":\"%s\","
                + "\"to\":\"%s\"}],\"destination_server\":\"%s\",\"destination_path\":\"/in\"%s}")
            .formatted(root, from, to, TwoServers.SECOND, more));
  }

  @Test
  @Proves({"FS-06", "FS-08", "QU-01"})
  void copiesToAnotherServerOfTheNode() throws IOException {
    files.write("d/a.txt", "a");
    files.write("d/b.key", "k");
    files.write("d/c.log", "l");
    files.write("d/deep/x", "x");
    TwoServers.deny(files.server, "*.key");
    TwoServers.deny(files.other, "*.log");
    List<ServerEvent> there = new CopyOnWriteArrayList<>();
    files.other.events().subscribe(there::add);

    Answer answer = remote("/", "d", "e", ",\"destination_ignored\":[\"deep\"]");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.document()).isEmpty();
    Path copied = files.otherHost().resolve("in/e");
    assertThat(copied.resolve("a.txt")).hasContent("a");
    assertThat(copied.resolve("b.key")).doesNotExist();
    assertThat(copied.resolve("c.log")).doesNotExist();
    assertThat(copied.resolve("deep")).doesNotExist();
    TwoServers.owned(files.otherHost().resolve("in"));
    assertThat(there).anyMatch(ServerEvent.OperationProgress.class::isInstance);
    refused(remote("/d/a.txt", "a", "b", ""), 417, "path is not a directory");
    refused(remote("/x.key", "a", "b", ""), 404, "path not found");
    Files.write(host("big"), new byte[3 * MIB]);
    files.otherVolume.limit(MIB);
    Answer full = remote("/", "big", "big", "");
    assertThat(full.status()).isEqualTo(417);
    assertThat(full.error()).startsWith("failed to copy to a remote: ").contains("disk limit");
  }

  @Test
  void otherDestinationsAreRefused() throws IOException {
    files.write("a", "a");
    String body =
        "{\"url\":\"%s\",\"token\":\"Bearer"
            + " x\",\"root\":\"/\",\"files\":[{\"from\":\"a\",\"to\":\"b\"}],"
            + "\"destination_server\":\"%s\",\"destination_path\":\"/\"}";

    refused(
        files.post("copy-remote", body.formatted("", new UUID(1, 2))),
        404,
        "destination server not found");
    Answer elsewhere =
        files.post(
            "copy-remote", body.formatted("https://node/api/transfers/files", TwoServers.SECOND));
    assertThat(elsewhere.status()).isEqualTo(417);
    assertThat(elsewhere.error()).startsWith("failed to copy to a remote: ");
  }

  @Test
  void whatThePanelSentIsUnderstood() throws IOException {
    for (String route : List.of("copy", "copy-many", "copy-remote")) {
      for (JsonNode sample : PanelSamples.exchanges("node-api/files-" + route)) {
        for (String name : List.of("a", "a.txt", "d/b.txt", "d/c.txt", "d/s.txt")) {
          files.write(name, name);
        }
        String what = route + " " + sample.path("note").asText() + sample.path("request_body");
        Answer answer = files.replay(sample);
        boolean missing = sample.at("/request_body/path").asText().equals("/nope");
        boolean taken = what.contains("accept: files copy 409");
        boolean elsewhere = !sample.at("/request_body/url").asText().isEmpty();
        boolean waits = sample.at("/request_body/foreground").asBoolean();
        int expected = missing ? 404 : elsewhere ? 417 : waits ? 200 : 202;
        assertThat(answer.status()).as(what).isEqualTo(expected);
        if (answer.status() == 202) {
          assertThat(UUID.fromString(answer.document().path("identifier").asText())).isNotNull();
          await().until(() -> files.server.operations().list().isEmpty());
        } else if (answer.status() == 200
            && !taken
            && sample.path("answer_constructed").asBoolean()) {
          sample
              .path("response_body")
              .fieldNames()
              .forEachRemaining(
                  member -> assertThat(answer.document().has(member)).as(member).isTrue());
        }
        Files.deleteIfExists(host("b.txt"));
        Files.deleteIfExists(host("b"));
      }
    }
  }
}
