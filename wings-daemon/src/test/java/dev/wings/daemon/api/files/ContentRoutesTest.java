package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileApi.Answer;
import dev.wings.fs.sandbox.Sandbox;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ContentRoutesTest {
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

  @Test
  void contentsAreTheBytesWithTheirLength() {
    api.write("a/b.txt", "hello");

    Answer answer = api.get("/contents?file=/a/b.txt&max_size=5");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo("hello");
    assertThat(answer.header("content-length")).isEqualTo("5");
    assertThat(answer.header("content-type")).isEmpty();
  }

  @Test
  void anEmptyFileIsAnEmptyAnswer() {
    api.write("empty", "");

    assertThat(api.get("/contents?file=empty").header("content-length")).isEqualTo("0");
  }

  @Test
  void aDownloadNamesTheFile() {
    api.write("grüße \"1\".txt", "x");

    Answer answer = api.get("/contents?download=true&file=" + FileApi.encode("grüße \"1\".txt"));

    assertThat(answer.header("content-disposition"))
        .isEqualTo(
            "attachment; filename=\"gr__e \\\"1\\\".txt\";"
                + " filename*=UTF-8''gr%C3%BC%C3%9Fe%20%221%22.txt");
    assertThat(answer.header("content-type")).isEqualTo("application/octet-stream");
  }

  @Test
  void aCompressedFileIsDecompressedAndCutAtTheMaximum() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write("line one\nline two\n".getBytes(StandardCharsets.UTF_8));
    }
    Files.write(api.file("latest.log.gz"), packed.toByteArray());

    assertThat(api.get("/contents?file=latest.log.gz").text()).isEqualTo("line one\nline two\n");
    String cut = api.get("/contents?file=latest.log.gz&max_size=" + packed.size()).text();
    assertThat("line one\nline two\n").startsWith(cut);
  }

  @Test
  void whatIsNoFileIsNotFound() throws IOException {
    Files.createDirectories(api.file("directory"));
    Files.createSymbolicLink(api.file("nowhere"), Path.of("missing"));
    Files.createSymbolicLink(api.file("escape"), Path.of("/etc/passwd"));

    for (String file : new String[] {"missing", "directory", "nowhere", "escape", "a/b/c"}) {
      Answer answer = api.get("/contents?file=" + file);
      assertThat(answer.status()).as(file).isEqualTo(404);
      assertThat(answer.error()).isEqualTo("file not found");
    }
    assertThat(api.get("/contents?file=/").error()).isEqualTo("file has no parent");
    assertThat(api.get("/contents?file=a/..").error()).isEqualTo("invalid file name");
    assertThat(api.get("/contents").status()).isEqualTo(400);
  }

  @Test
  void whatIsTooLargeOrAnArchiveIsRefused() throws IOException {
    api.write("big", "123456");
    Files.write(api.file("world.zip"), new byte[] {'P', 'K', 3, 4, 0, 0});

    Answer tooLarge = api.get("/contents?file=big&max_size=5");
    Answer archive = api.get("/contents?file=world.zip");

    assertThat(tooLarge.status()).isEqualTo(413);
    assertThat(tooLarge.error()).isEqualTo("file size exceeds maximum allowed size");
    assertThat(archive.status()).isEqualTo(417);
    assertThat(archive.error()).isEqualTo("file is an archive, cannot view contents");
  }

  @Test
  @Proves("FS-06")
  void aDeniedFileDoesNotExistForReadingOrWriting() {
    api.write("secret.key", "1");

    Answer read = api.get("/contents?file=secret.key&ignored=*.key");
    Answer write = api.call("POST", "/write?file=secret.key&ignored=*.key", "x");

    assertThat(read.status()).isEqualTo(404);
    assertThat(write.status()).isEqualTo(404);
    assertThat(api.file("secret.key")).hasContent("1");
  }

  @Test
  void linesAreCutOutOfAText() {
    api.write("log", "one\ntwo\nthree\nfour");

    Answer middle = api.get("/lines?file=log&start_line=2&end_line=3");
    Answer rest = api.get("/lines?file=log&start_line=4&end_line=9");
    Answer beyond = api.get("/lines?file=log&start_line=5&end_line=9");

    assertThat(middle.document().toString())
        .isEqualTo(
            "{\"start_line\":2,\"end_line\":3,\"content\":\"two\\nthree\\n\",\"eof\":false}");
    assertThat(rest.document().toString())
        .isEqualTo("{\"start_line\":4,\"end_line\":4,\"content\":\"four\",\"eof\":true}");
    assertThat(beyond.document().toString())
        .isEqualTo("{\"start_line\":null,\"end_line\":null,\"content\":\"\",\"eof\":true}");
  }

  @Test
  void linesHaveLimits() throws IOException {
    api.write("log", "x".repeat(100) + "\nshort\n");
    Files.write(api.file("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, '\n'});

    assertThat(api.get("/lines?file=log&start_line=0&end_line=1").error())
        .isEqualTo("invalid line range");
    assertThat(api.get("/lines?file=log&start_line=1&end_line=10001").error())
        .isEqualTo("line range exceeds maximum allowed lines");
    assertThat(api.get("/lines?file=log&start_line=1&end_line=1&max_size=50").status())
        .isEqualTo(413);
    assertThat(api.get("/lines?file=log&start_line=2&end_line=2&max_size=50").status())
        .isEqualTo(200);
    Answer binary = api.get("/lines?file=binary&start_line=1&end_line=1");
    assertThat(binary.status()).isEqualTo(417);
    assertThat(binary.error()).isEqualTo("selected lines are not valid UTF-8");
  }

  @Test
  void aWriteReplacesTheFileAndKeepsItsMode() throws IOException {
    Path file = api.write("config.yml", "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

    Answer answer =
        api.write(
            "config.yml",
            BodyPublishers.ofInputStream(
                () -> new ByteArrayInputStream("neu: ü".getBytes(StandardCharsets.UTF_8))));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.document().toString()).isEqualTo("{\"revision_id\":2}");
    assertThat(file).hasContent("neu: ü");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    assertThat(names(data.resolve(FileApi.SERVER.toString()))).containsExactly("config.yml");
  }

  @Test
  void aWriteMakesDirectoriesAndAnEmptyFile() throws IOException {
    assertThat(api.write("a/b/empty", BodyPublishers.noBody()).status()).isEqualTo(200);

    assertThat(api.file("a/b/empty")).isEmptyFile();
  }

  @Test
  void aWriteThroughALinkKeepsTheLink() throws IOException {
    api.write("real", "old");
    Files.createSymbolicLink(api.file("link"), Path.of("real"));

    api.write("link", BodyPublishers.ofString("new"));

    assertThat(api.read("real")).isEqualTo("new");
    assertThat(Files.isSymbolicLink(api.file("link"))).isTrue();
  }

  @Test
  void aWriteToSomethingElseIsRefused() throws IOException {
    Files.createDirectories(api.file("directory"));
    api.write("file", "1");

    assertThat(api.write("directory", BodyPublishers.ofString("x")).error())
        .isEqualTo("file is not a file");
    assertThat(api.write("file/below", BodyPublishers.ofString("x")).status()).isEqualTo(417);
    assertThat(api.read("file")).isEqualTo("1");
  }

  @Test
  @Proves({"QU-01", "FS-09"})
  void aWriteBeyondTheLimitLeavesTheOldFile() throws IOException {
    api.write("file", "old");
    api.volume.scan();
    api.volume.limit(api.volume.usedBytes() + 1000);
    byte[] large = new byte[200_000];

    Answer announced = api.write("file", BodyPublishers.ofByteArray(large));
    Answer unannounced =
        api.write("file", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)));

    assertThat(announced.status()).isEqualTo(417);
    assertThat(announced.error()).isEqualTo("failed to allocate space");
    assertThat(unannounced.status()).isEqualTo(500);
    assertThat(unannounced.error()).contains("disk limit");
    assertThat(api.read("file")).isEqualTo("old");
    assertThat(names(data.resolve(FileApi.SERVER.toString()))).containsExactly("file");
  }

  @Test
  void aFileOfTheSameSizeFitsWhenThereIsNoRoomForBoth() throws IOException {
    byte[] content = new byte[400_000];
    api.write("file", BodyPublishers.ofByteArray(content));
    api.volume.scan();
    api.volume.limit(api.volume.usedBytes() + 1000);
    Arrays.fill(content, (byte) 7);

    Answer answer = api.write("file", BodyPublishers.ofByteArray(content));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(Files.readAllBytes(api.file("file"))).isEqualTo(content);
  }

  @Test
  @Proves("FS-09")
  void aClientThatGoesAwayLeavesTheOldFile() throws IOException {
    api.write("file", "old");

    try (Socket socket = new Socket("127.0.0.1", api.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /api/servers/"
                  + FileApi.SERVER
                  + "/files/write?file=file HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer "
                  + dev.wings.daemon.http.TestConfig.TOKEN
                  + "\r\nContent-Length: 100\r\n\r\nhalf")
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      Awaitility.await()
          .until(() -> names(api.file("")).stream().anyMatch(n -> n.startsWith(".wings")));
    }

    Awaitility.await().until(() -> names(api.file("")).equals(java.util.List.of("file")));
    assertThat(api.read("file")).isEqualTo("old");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../canary", "/../canary", "a/../../canary", "link/../canary"})
  @Proves("FS-01")
  void noNameLeadsOut(String name) throws IOException {
    Path canary = Files.writeString(data.resolve("canary"), "safe");
    Files.createSymbolicLink(api.file("link"), data);

    api.write(name, BodyPublishers.ofString("overwritten"));

    assertThat(canary).hasContent("safe");
    assertThat(api.file("canary")).hasContent("overwritten");
  }

  private static java.util.List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /// The names that the tests themselves write must not be links out of the volume.
  @Test
  void theVolumeIsWhereTheTestsLook() {
    assertThat(Files.isDirectory(api.file(""), LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(Sandbox.STAGING_PREFIX).startsWith(".wings");
  }
}
