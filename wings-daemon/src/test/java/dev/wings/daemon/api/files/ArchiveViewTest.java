package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.daemon.api.files.FileApi.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Archives as directories (`filesystem.md` 16).
@Timeout(60)
class ArchiveViewTest {
  @TempDir Path data;
  private FileApi api;

  @BeforeEach
  void start() throws IOException {
    api = new FileApi(data);
    zip("backups/world.zip", "level.dat", "level", "region/r.mca", "region");
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void zip(String name, String... entries) throws IOException {
    Files.createDirectories(api.file(name).getParent());
    try (OutputStream out = Files.newOutputStream(api.file(name));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (int i = 0; i < entries.length; i += 2) {
        zip.putNextEntry(new ZipEntry(entries[i]));
        zip.write(entries[i + 1].getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static List<String> names(Answer listing) {
    List<String> names = new ArrayList<>();
    listing.document().path("entries").forEach(entry -> names.add(entry.path("name").asText()));
    return names;
  }

  @Test
  void anArchiveIsListedAsADirectory() {
    Answer top = api.get("/list?directory=/backups/world.zip");
    Answer below = api.get("/list?directory=/backups/world.zip/region");

    assertThat(names(top)).containsExactly("region", "level.dat");
    assertThat(names(below)).containsExactly("r.mca");
    JsonNode document = top.document();
    assertThat(document.path("filesystem_primary").asBoolean()).isFalse();
    assertThat(document.path("filesystem_writable").asBoolean()).isFalse();
    assertThat(document.path("filesystem_fast").asBoolean()).isFalse();
    JsonNode region = document.path("entries").get(0);
    assertThat(region.path("virtual").asBoolean()).isTrue();
    assertThat(region.path("directory").asBoolean()).isTrue();
    assertThat(region.path("size").asLong()).isEqualTo(6);
  }

  @Test
  void theArchiveItselfStaysAFile() {
    JsonNode entry = api.get("/list?directory=/backups").document().path("entries").get(0);

    assertThat(entry.path("name").asText()).isEqualTo("world.zip");
    assertThat(entry.path("file").asBoolean()).isTrue();
    assertThat(entry.path("mime").asText()).isEqualTo("application/zip");
  }

  @Test
  void filesInsideAreReadAndDownloaded() {
    Answer contents = api.get("/contents?file=backups/world.zip/region/r.mca");
    Answer part =
        api.send(
            api.builder(api.downloadLink("backups/world.zip/region/r.mca"))
                .header("Range", "bytes=2-3")
                .GET());

    assertThat(contents.text()).isEqualTo("region");
    assertThat(part.status()).isEqualTo(206);
    assertThat(part.text()).isEqualTo("gi");
    assertThat(api.get("/contents?file=backups/world.zip/missing").status()).isEqualTo(404);
  }

  @Test
  void nothingIsWrittenInside() throws IOException {
    byte[] before = Files.readAllBytes(api.file("backups/world.zip"));

    Answer write = api.write("backups/world.zip/new", BodyPublishers.ofString("x"));
    Answer delete =
        api.call("POST", "/delete", "{\"root\":\"backups/world.zip\",\"files\":[\"level.dat\"]}");

    assertThat(write.status()).isEqualTo(417);
    assertThat(delete.document().path("deleted").asLong()).isZero();
    assertThat(Files.readAllBytes(api.file("backups/world.zip"))).isEqualTo(before);
  }

  @Test
  void aFileIsCopiedOutByAnAbsoluteName() throws IOException {
    Answer answer =
        api.call(
            "POST", "/copy", "{\"path\":\"backups/world.zip/level.dat\",\"name\":\"/level.dat\"}");

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(api.read("level.dat")).isEqualTo("level");
  }

  @Test
  void anArchiveThatIsReplacedIsReadAnew() throws IOException {
    assertThat(names(api.get("/list?directory=/backups/world.zip"))).contains("level.dat");

    Files.delete(api.file("backups/world.zip"));
    zip("backups/world.zip", "other", "1");

    assertThat(names(api.get("/list?directory=/backups/world.zip"))).containsExactly("other");
  }

  @Test
  void aHiddenArchiveCannotBeLookedInto() {
    assertThat(api.get("/list?directory=/backups/world.zip&ignored=*.zip").status()).isEqualTo(404);
  }

  @Test
  void whatOnlyHasTheNameOfAnArchiveIsNoDirectory() {
    api.write("fake.zip", "not a zip");

    assertThat(api.get("/list?directory=/fake.zip").status()).isEqualTo(417);
    assertThat(api.get("/list?directory=/fake.zip/below").status()).isEqualTo(417);
  }
}
