package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileApi.Answer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class DownloadRoutesTest {
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

  private Answer download(String file, String... headers) {
    var request = api.builder(api.downloadLink(file)).GET();
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return api.send(request);
  }

  @Test
  void aFileComesWhole() throws IOException {
    byte[] content = new byte[5_000_000];
    new Random(1).nextBytes(content);
    Files.write(api.file("world.dat"), content);
    Files.setLastModifiedTime(
        api.file("world.dat"), FileTime.from(Instant.parse("2026-08-01T10:11:12Z")));

    Answer answer = download("/world.dat");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(Arrays.mismatch(answer.response().body(), content)).isEqualTo(-1);
    assertThat(answer.header("accept-ranges")).isEqualTo("bytes");
    assertThat(answer.header("last-modified")).isEqualTo("Sat, 01 Aug 2026 10:11:12 GMT");
    assertThat(answer.header("content-type")).isEqualTo("application/octet-stream");
    assertThat(answer.header("content-disposition"))
        .isEqualTo("attachment; filename=\"world.dat\"");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=2-4,      206, 234,        bytes 2-4/10",
    "bytes=7-,       206, 789,        bytes 7-9/10",
    "bytes=-3,       206, 789,        bytes 7-9/10",
    "bytes=8-100,    206, 89,         bytes 8-9/10",
    "bytes=0-0,      206, 0,          bytes 0-0/10",
    "'bytes=0-1,3-4', 200, 0123456789, ''",
    "bytes=4-2,      200, 0123456789, ''",
    "lines=1-2,      200, 0123456789, ''",
    "bytes=1-2-3,    200, 0123456789, ''"
  })
  void aPartComesAlone(String range, int status, String body, String contentRange) {
    api.write("digits", "0123456789");

    Answer answer = download("digits", "Range", range);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).isEqualTo(body);
    assertThat(answer.header("content-range")).isEqualTo(contentRange);
  }

  @Test
  void aPartBeyondTheEndIsNotFound() {
    api.write("digits", "0123456789");

    assertThat(download("digits", "Range", "bytes=10-").status()).isEqualTo(404);
  }

  @Test
  void aPartOfAnotherVersionIsTheWholeFile() {
    api.write("digits", "0123456789");

    Answer answer =
        download("digits", "Range", "bytes=2-4", "If-Range", "Sat, 01 Aug 2020 10:11:12 GMT");

    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void theHeadAloneTellsTheLength() {
    api.write("digits", "0123456789");

    Answer answer =
        api.send(api.builder(api.downloadLink("digits")).method("HEAD", BodyPublishers.noBody()));

    assertThat(answer.header("content-length")).isEqualTo("10");
    assertThat(answer.response().body()).isEmpty();
  }

  @Test
  @Proves("FS-06")
  void whatIsHiddenFromTheUserNowIsNotFound() {
    api.write("private/plan", "1");
    api.server.permissions().push(FileApi.USER, List.of("file.read"), List.of("/private"));

    Answer answer = download("private/plan");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.error()).isEqualTo("file not found");
  }

  @Test
  void whatIsNoFileIsNotFound() throws IOException {
    Files.createDirectories(api.file("directory"));
    Files.createSymbolicLink(api.file("escape"), Path.of("/etc/passwd"));

    assertThat(download("missing").status()).isEqualTo(404);
    assertThat(download("directory").status()).isEqualTo(404);
    assertThat(download("escape").status()).isEqualTo(404);
    assertThat(download("/").error()).isEqualTo("file has no parent");
  }

  @Test
  void repeatedSlashesLeadToTheSameRoute() {
    api.write("a", "1");

    Answer answer = api.send(api.builder("/" + api.downloadLink("a")).GET());

    assertThat(answer.text()).isEqualTo("1");
  }

  @Test
  void aLinkIsGoodForSomeUses() {
    api.write("a", "1");
    api.config.set("api.max_jwt_uses", 2);
    String link = api.downloadLink("a");

    assertThat(api.send(api.builder(link).GET()).status()).isEqualTo(200);
    assertThat(api.send(api.builder(link).GET()).status()).isEqualTo(200);
    assertThat(api.send(api.builder(link).GET()).status()).isEqualTo(401);
  }

  private String archiveLink(String route, String path, String format, String... names) {
    return "/download/"
        + route
        + "?archive_format="
        + format
        + "&token="
        + api.issuer.fileDownload(
            FileApi.USER, FileApi.SERVER, path, List.of(names), java.time.Duration.ofMinutes(5));
  }

  private static List<String> zipNames(Answer answer) throws IOException {
    List<String> names = new java.util.ArrayList<>();
    try (var zip =
        new java.util.zip.ZipInputStream(
            new java.io.ByteArrayInputStream(answer.response().body()))) {
      for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        names.add(entry.getName());
      }
    }
    return names.stream().sorted().toList();
  }

  @Test
  @Proves("FS-06")
  void aDirectoryComesAsAnArchiveWithoutWhatIsHidden() throws IOException {
    api.write("wörld/region/r.0.0.mca", "region");
    api.write("wörld/level.dat", "level");
    api.write("wörld/secret.key", "key");
    api.server.permissions().push(FileApi.USER, List.of("file.read"), List.of("*.key"));

    Answer answer = api.send(api.builder(archiveLink("directory", "/wörld", "zip")).GET());

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/zip");
    assertThat(answer.header("content-disposition"))
        .isEqualTo("attachment; filename=\"w_rld.zip\"");
    assertThat(zipNames(answer)).contains("level.dat", "region/r.0.0.mca");
    assertThat(zipNames(answer)).noneMatch(name -> name.contains("secret"));
  }

  @Test
  void someEntriesComeAsAnArchive() throws IOException {
    api.write("a/one", "1");
    api.write("a/two", "2");
    api.write("a/three", "3");

    Answer answer =
        api.send(api.builder(archiveLink("files", "/a", "zip", "one", "three", "gone")).GET());

    assertThat(zipNames(answer)).containsExactly("one", "three");
    assertThat(answer.header("content-disposition"))
        .matches("attachment; filename=\"archive-.*\\.zip\"");
  }

  @Test
  void whatCannotBeAnArchiveIsRefused() {
    api.write("file", "1");

    Answer file = api.send(api.builder(archiveLink("directory", "file", "zip")).GET());
    Answer root = api.send(api.builder(archiveLink("directory", "/", "zip")).GET());
    Answer sevenZip = api.send(api.builder(archiveLink("files", "/", "seven_zip", "file")).GET());

    assertThat(file.error()).isEqualTo("directory not found");
    assertThat(root.error()).isEqualTo("file not found");
    assertThat(sevenZip.status()).isEqualTo(400);
  }
}
