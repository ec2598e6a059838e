package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.activity.Activity;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.testing.Proves;
import dev.wings.core.upload.UploadEntry;
import dev.wings.daemon.api.files.FileApi.Answer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class UploadRoutesTest {
  @TempDir Path data;
  @TempDir Path elsewhere;
  private FileApi api;

  @BeforeEach
  void start() throws IOException {
    api = new FileApi(data);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private Answer form(String link, String... namesAndContents) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < namesAndContents.length; i += 2) {
      body.append("--xyz\r\nContent-Disposition: form-data; name=\"files\"; filename=\"")
          .append(namesAndContents[i])
          .append("\"\r\nContent-Type: text/plain\r\n\r\n")
          .append(namesAndContents[i + 1])
          .append("\r\n");
    }
    body.append("--xyz--\r\n");
    return api.send(
        api.builder(link)
            .header("Content-Type", "multipart/form-data; boundary=xyz")
            .POST(BodyPublishers.ofString(body.toString())));
  }

  private Answer patch(String link, long offset, String slice, String... headers) {
    var request =
        api.builder(link)
            .header("Upload-Offset", Long.toString(offset))
            .header("Content-Type", "application/offset+octet-stream");
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return api.send(request.method("PATCH", BodyPublishers.ofString(slice)));
  }

  private long offset(String link) {
    Answer answer = api.send(api.builder(link).method("HEAD", BodyPublishers.noBody()));
    assertThat(answer.status()).isEqualTo(200);
    return Long.parseLong(answer.header("upload-offset"));
  }

  @Test
  void aFormBringsSeveralFilesAndIsRecorded() throws IOException {
    Answer answer =
        form(
            api.uploadLink("&directory=/up&total_size=9"), "a.txt", "one", "sub/ü.txt", "zwei\r\n");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo("{}");
    assertThat(api.read("up/a.txt")).isEqualTo("one");
    assertThat(api.read("up/sub/ü.txt")).isEqualTo("zwei\r\n");
    assertThat(api.server.activities())
        .extracting(Activity::event)
        .containsExactly("server:file.uploaded", "server:file.uploaded");
    assertThat(String.valueOf(api.server.activities().getFirst().metadata()))
        .isEqualTo("{\"files\":[\"a.txt\"],\"directory\":\"/up\"}");
  }

  @Test
  void aFormThatEndsEarlyKeepsWhatWasCompleteOnly() throws IOException {
    Answer answer =
        api.send(
            api.builder(api.uploadLink("&directory="))
                .header("Content-Type", "multipart/form-data; boundary=xyz")
                .POST(
                    BodyPublishers.ofString(
                        "--xyz\r\n"
                            + "Content-Disposition: form-data; name=f; filename=\"a\"\r\n\r\n"
                            + "1\r\n"
                            + "--xyz\r\n"
                            + "Content-Disposition: form-data; name=f; filename=\"b\"\r\n\r\n"
                            + "half")));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(api.read("a")).isEqualTo("1");
    assertThat(api.file("b")).doesNotExist();
    assertThat(api.file("b.upload-part")).doesNotExist();
  }

  @Test
  void aPartWithoutNameAndAWrongDirectoryAreRefused() throws IOException {
    api.write("file", "1");

    Answer noName =
        api.send(
            api.builder(api.uploadLink("&directory="))
                .header("Content-Type", "multipart/form-data; boundary=xyz")
                .POST(
                    BodyPublishers.ofString(
                        "--xyz\r\nContent-Disposition: form-data; name=f\r\n\r\n1\r\n--xyz--")));
    Answer noDirectory = form(api.uploadLink("&directory=file"), "a", "1");
    Answer hidden = form(api.uploadLink("&directory=", "*.key"), "my.key", "1");
    Answer root = form(api.uploadLink("&directory="), "..", "1");

    assertThat(noName.error()).isEqualTo("file name not found");
    assertThat(noDirectory.error()).isEqualTo("directory is not a directory");
    assertThat(hidden.status()).isEqualTo(404);
    assertThat(root.error()).isEqualTo("invalid file name");
    assertThat(api.file("my.key")).doesNotExist();
  }

  @Test
  void aSliceWithoutBytesLeavesNoRecord() throws IOException {
    String link = api.uploadLink("&directory=/&file=a.txt");

    assertThat(patch(link, 0, "").status()).isEqualTo(200);
    assertThat(patch(link, 7, "slice").status()).isEqualTo(409);

    assertThat(api.server.uploads().list()).isEmpty();
    assertThat(api.file("a.txt.upload-part")).doesNotExist();
    assertThat(patch(link, 0, "one").status()).isEqualTo(200);
    assertThat(patch(link, 3, "").status()).isEqualTo(200);
    assertThat(api.server.uploads().list()).hasSize(1);
    assertThat(offset(link)).isEqualTo(3);
  }

  @Test
  void anUploadIntoAMountHasThePathThatUsersSee() throws IOException {
    Path shared = Files.createDirectory(elsewhere.resolve("shared"));
    api.mount(shared, "/home/container/deep/maps");
    api.volume.scan();
    api.volume.limit(api.volume.usedBytes() + 1);
    String link = api.uploadLink("&directory=/deep/maps&file=a.txt");

    assertThat(patch(link, 0, "one", "Upload-Length", "1000").status()).isEqualTo(200);

    assertThat(api.server.uploads().list())
        .extracting(UploadEntry::directory)
        .containsExactly("deep/maps");
    assertThat(patch(link, 3, "two", "Upload-Complete", "?1").status()).isEqualTo(200);
    assertThat(shared.resolve("a.txt")).hasContent("onetwo");
    Answer root = patch(api.uploadLink("&directory=/deep&file=maps"), 0, "one");
    assertThat(root.status()).isEqualTo(417);
    assertThat(root.error()).isEqualTo("file has no parent");
  }

  @Test
  @Proves("QU-01")
  void whatIsTooLargeIsRefusedAndLeavesNothing() throws IOException {
    api.config.set("api.upload_limit", 1);
    String large = "x".repeat((1 << 20) + 1);

    Answer announced = form(api.uploadLink("&directory=&total_size=" + large.length()), "a", "1");
    Answer streamed = form(api.uploadLink("&directory="), "b", large);
    api.config.set("api.upload_limit", 0);
    api.volume.scan();
    api.volume.limit(api.volume.usedBytes() + 1000);
    Answer overLimit = form(api.uploadLink("&directory="), "c", large);

    assertThat(announced.error()).isEqualTo("file size is larger than 1MiB");
    assertThat(streamed.error()).isEqualTo("file size is larger than 1MiB");
    assertThat(overLimit.status()).isEqualTo(417);
    assertThat(overLimit.error())
        .isEqualTo("file size is larger than the server's available disk space");
    assertThat(Files.list(api.file(""))).isEmpty();
  }

  @Test
  void aFileArrivesInSlices() throws IOException {
    String link = api.uploadLink("&directory=d&file=world.dat");
    api.write("d/world.dat", "old");

    assertThat(offset(link)).isZero();
    assertThat(patch(link, 0, "hello ", "Upload-Length", "11").header("upload-offset"))
        .isEqualTo("6");
    assertThat(offset(link)).isEqualTo(6);
    assertThat(api.read("d/world.dat")).isEqualTo("old");
    Answer wrong = patch(link, 3, "lo");
    Answer last = patch(link, 6, "there", "Upload-Complete", "?1", "Upload-Length", "11");

    assertThat(wrong.status()).isEqualTo(409);
    assertThat(wrong.header("upload-offset")).isEqualTo("6");
    assertThat(wrong.error()).isEqualTo("upload offset does not match the current file length");
    assertThat(last.status()).isEqualTo(200);
    assertThat(last.header("upload-offset")).isEqualTo("11");
    assertThat(api.read("d/world.dat")).isEqualTo("hello there");
    assertThat(api.file("d/world.dat.upload-part")).doesNotExist();
    assertThat(api.server.activities()).hasSize(1);
  }

  @Test
  void anEmptyFileIsOneSlice() throws IOException {
    String link = api.uploadLink("&directory=&file=empty");

    assertThat(patch(link, 0, "", "Upload-Complete", "?1").status()).isEqualTo(200);

    assertThat(api.file("empty")).isEmptyFile();
  }

  @Test
  void aWrongLengthAtTheEndKeepsWhatArrived() {
    String link = api.uploadLink("&directory=&file=f");

    Answer answer = patch(link, 0, "123", "Upload-Complete", "?1", "Upload-Length", "4");

    assertThat(answer.error()).isEqualTo("upload completed at 3 bytes but 4 were expected");
    assertThat(offset(link)).isEqualTo(3);
    assertThat(api.file("f")).doesNotExist();
  }

  @Test
  void anUploadCanBeDiscardedByItsUserOnly() {
    String link = api.uploadLink("&directory=&file=f");
    patch(link, 0, "123");
    String other =
        "/upload/file?directory=&file=f&token="
            + api.issuer.upload(
                new UUID(1, 2), FileApi.SERVER, List.of(), java.time.Duration.ofMinutes(1));

    Answer foreign = api.send(api.builder(other).DELETE());
    Answer own = api.send(api.builder(link).DELETE());
    Answer again = api.send(api.builder(link).DELETE());

    assertThat(foreign.status()).isEqualTo(404);
    assertThat(own.status()).isEqualTo(200);
    assertThat(again.status()).isEqualTo(200);
    assertThat(api.file("f.upload-part")).doesNotExist();
  }

  @Test
  void slicesTakeNoUseOfTheTokenAndFormsDo() {
    api.config.set("api.max_jwt_uses", 1);
    String link = api.uploadLink("&directory=");

    for (int i = 0; i < 3; i++) {
      assertThat(offset(link + "&file=x")).isZero();
    }
    assertThat(form(link, "a", "1").status()).isEqualTo(200);
    Answer spent = form(link, "b", "1");

    assertThat(spent.status()).isEqualTo(401);
    assertThat(spent.error()).isEqualTo("token has already been used");
    assertThat(api.file("b")).doesNotExist();
  }

  @Test
  void wrongTokensAreRefusedBeforeAnythingElse() {
    assertThat(form("/upload/file?directory=", "a", "1").status()).isEqualTo(400);
    assertThat(form("/upload/file?directory=&token=x", "a", "1").error())
        .isEqualTo("invalid token");
    assertThat(form(api.downloadLink("a").replace("download", "upload"), "a", "1").status())
        .isEqualTo(401);
    assertThat(api.file("a")).doesNotExist();
  }

  @Test
  void aStagingNameThatIsTakenOrTooLongIsRefused() throws IOException {
    Files.createDirectories(api.file("f.upload-part"));

    Answer taken = patch(api.uploadLink("&directory=&file=f"), 0, "1");
    Answer tooLong = patch(api.uploadLink("&directory=&file=" + "n".repeat(244)), 0, "1");

    assertThat(taken.error()).isEqualTo("staging path is not a file");
    assertThat(tooLong.error()).isEqualTo("file name too long");
  }

  @Test
  void anUnfinishedUploadIsKnownAndAnnounced() {
    CopyOnWriteArrayList<ServerEvent> events = new CopyOnWriteArrayList<>();
    api.server.events().subscribe(events::add);

    patch(api.uploadLink("&directory=/d&file=f"), 0, "123", "Upload-Length", "9");

    assertThat(api.server.uploads().list())
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.name()).isEqualTo("f.upload-part");
          assertThat(entry.directory()).isEqualTo("d");
          assertThat(entry.uploaded()).isEqualTo(3);
          assertThat(entry.total()).isEqualTo(9);
          assertThat(entry.active()).isFalse();
          assertThat(entry.user()).isEqualTo(FileApi.USER);
        });
    org.awaitility.Awaitility.await()
        .untilAsserted(() ->
            assertThat(events)
                .last()
                .isInstanceOfSatisfying(
                    ServerEvent.FileUploads.class,
                    uploads ->
                        assertThat(uploads.entries())
                            .extracting(UploadEntry::uploaded)
                            .containsExactly(3L)));
  }

  @Test
  void bytesAreKeptAsTheyCame() throws IOException {
    byte[] all = new byte[256];
    for (int i = 0; i < 256; i++) {
      all[i] = (byte) i;
    }
    String content = new String(all, StandardCharsets.ISO_8859_1).repeat(4000);

    form(api.uploadLink("&directory="), "b", content);

    assertThat(Files.readString(api.file("b"))).isEqualTo(content);
  }
}
