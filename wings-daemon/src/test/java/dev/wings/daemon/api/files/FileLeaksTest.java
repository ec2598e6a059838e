package dev.wings.daemon.api.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileVerbs.Verb;
import dev.wings.daemon.http.LeakWatch;
import dev.wings.daemon.http.RawClient;
import dev.wings.daemon.http.TestConfig;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Requests that fail in every way leave no descriptor, no thread and no upload behind.
@ExtendWith(LeakWatch.class)
class FileLeaksTest {
  private static final int ROUNDS = 2;
  private static final List<String> NAMES =
      List.of("none/deep", "file/below", "up", "", "nul\0", "dir", "x".repeat(300));

  @TempDir Path temporary;
  private Path data;
  private FileApi api;
  private FileVerbs verbs;

  @BeforeEach
  void start() throws IOException {
    data = temporary.toRealPath();
    api = new FileApi(data);
    api.config.set("api.max_jwt_uses", 0);
    verbs = new FileVerbs(api);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void plant() throws IOException {
    api.volume.clear();
    api.write("file", "inside");
    api.write("dir/deep/file", "inside");
    Files.write(api.file("large"), new byte[8 << 20]);
    Files.createSymbolicLink(api.file("up"), Path.of(".."));
  }

  private void failInEveryWay() throws IOException {
    Map<String, Verb> all = new LinkedHashMap<>(verbs.reading());
    all.putAll(verbs.writing());
    plant();
    for (Verb verb : all.values()) {
      NAMES.forEach(verb::run);
    }
    plant();
    api.volume.limit(1);
    for (Verb verb : verbs.writing().values()) {
      verb.run("dir/new");
    }
    api.volume.limit(0);
    plant();
    for (int i = 0; i < 4; i++) {
      abandon(
          "POST /api/servers/" + FileApi.SERVER + "/files/write?file=cut&user=" + FileApi.USER,
          "Authorization: Bearer " + TestConfig.TOKEN + "\r\nContent-Length: 1000000\r\n",
          "begun");
      abandon(
          "PATCH " + api.uploadLink("&file=slices"),
          "Upload-Offset: 0\r\nContent-Length: 1000000\r\n",
          "");
      abandon(
          "POST " + api.uploadLink(""),
          "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n",
          "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"cut2\"\r\n\r\nbegun");
      abandon("GET " + api.downloadLink("large"), "", "");
      abandon("GET " + api.downloadLink("dir").replace("/file?", "/directory?"), "", "");
    }
  }

  /// Sends what there is and goes away.
  private void abandon(String request, String headers, String body) throws IOException {
    try (RawClient client = new RawClient(api.port())) {
      client.send(
          (request + " HTTP/1.1\r\nHost: node\r\n" + headers + "\r\n" + body).getBytes(ISO_8859_1));
      if (request.startsWith("GET")) {
        client.readByte();
      }
    }
  }

  /// Descriptors of this process for what is below the data directory.
  private List<String> descriptors() throws IOException {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : all) {
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith(data.toString())) {
            found.add(target);
          }
        } catch (NoSuchFileException closed) {
          // the listing's own, or one that another thread closed since: not a leak
        }
      }
    }
    found.sort(null);
    return found;
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("wings-"))
        .count();
  }

  @Test
  @Proves("DS-09")
  void failuresLeaveNothingBehind() throws IOException {
    failInEveryWay();
    await().atMost(Duration.ofSeconds(20)).until(() -> settled() && descriptors().size() < 20);
    List<String> before = descriptors();
    long threadsBefore = threads();

    for (int round = 0; round < ROUNDS; round++) {
      failInEveryWay();
    }

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          assertThat(settled()).isTrue();
          assertThat(descriptors()).isEqualTo(before);
          assertThat(threads()).isLessThanOrEqualTo(threadsBefore);
        });
  }

  private boolean settled() {
    return api.server.operations().list().isEmpty();
  }
}
