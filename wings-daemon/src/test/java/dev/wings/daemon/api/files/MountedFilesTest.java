package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.wings.core.collab.CollabErrors;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.collab.SaveHistory;
import dev.wings.daemon.collab.SharedFiles;
import dev.wings.daemon.http.LeakWatch;
import dev.wings.daemon.http.TestConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakWatch.class)
class MountedFilesTest {
  @TempDir private Path directory;
  private Path shared;
  private TestConfig config;
  private FilesFixture files;

  @BeforeEach
  void start() throws IOException {
    shared = Files.createDirectories(directory.resolve("shared"));
    Files.createDirectories(shared.resolve("maps/inner"));
    Files.writeString(shared.resolve("maps/world.txt"), "world");
    Files.createDirectories(directory.resolve("elsewhere"));
    Files.writeString(directory.resolve("elsewhere/canary"), "secret");
    Files.createSymbolicLink(shared.resolve("out"), directory.resolve("elsewhere"));
    Files.createSymbolicLink(shared.resolve("maps/out"), directory.resolve("elsewhere"));
    config = new TestConfig().set("allowed_mounts", List.of(shared.toString()));
    files =
        new FilesFixture(
            directory,
            config,
            settings -> {
              ArrayNode mounts = settings.putArray("mounts");
              mount(mounts, shared.resolve("maps"), "/home/container/maps", true);
              mount(mounts, shared.resolve("out"), "/home/container/out", false);
              mount(mounts, directory.resolve("elsewhere"), "/home/container/denied", false);
              mount(mounts, shared, "/home/container/deep/er", false);
              mount(mounts, shared, "/opt/other", false);
              mount(mounts, shared, "/home/container/../escape", false);
            });
  }

  private static void mount(ArrayNode mounts, Path source, String target, boolean readOnly) {
    mounts
        .addObject()
        .put("source", source.toString())
        .put("target", target)
        .put("read_only", readOnly);
  }

  @AfterEach
  void stop() {
    files.close();
  }

  @Test
  void aMountIsShownInItsDirectoryAndLeadsToItsSource() throws IOException {
    Files.createDirectories(files.host.resolve("maps"));
    Files.writeString(files.host.resolve("maps/covered"), "x");
    Files.createDirectories(files.host.resolve("deep"));

    JsonNode root = files.get("list").document();
    assertThat(root.path("total").asInt()).isEqualTo(2);
    assertThat(root.at("/entries/0/name").asText()).isEqualTo("deep");
    assertThat(root.at("/entries/0/virtual").asBoolean()).isFalse();
    assertThat(root.at("/entries/1/name").asText()).isEqualTo("maps");
    assertThat(root.at("/entries/1/virtual").asBoolean()).isTrue();
    assertThat(root.at("/entries/1/directory").asBoolean()).isTrue();

    JsonNode maps = files.get("list", "directory", "/maps").document();
    assertThat(maps.path("filesystem_primary").asBoolean()).isFalse();
    assertThat(maps.path("filesystem_writable").asBoolean()).isFalse();
    assertThat(maps.path("filesystem_fast").asBoolean()).isTrue();
    assertThat(maps.toString()).contains("world.txt", "inner").doesNotContain("covered");
    assertThat(maps.at("/entries/0/virtual").asBoolean()).isTrue();

    JsonNode deep = files.get("list", "directory", "/deep").document();
    assertThat(deep.at("/entries/0/name").asText()).isEqualTo("er");
    JsonNode inner = files.get("list", "directory", "/deep/er").document();
    assertThat(inner.path("filesystem_writable").asBoolean()).isTrue();
  }

  @Test
  @Proves("FS-01")
  void neitherAForbiddenSourceNorALinkInAMountLeadsOut() throws IOException {
    for (String path : List.of("/out", "/denied", "/maps/out", "/maps/../out", "/deep/er/out")) {
      FilesFixture.Answer answer = files.get("list", "directory", path);
      assertThat(answer.status()).as(path).isEqualTo(404);
      assertThat(answer.document().toString()).doesNotContain("canary");
    }
    JsonNode found =
        files
            .post(
                "stat",
                "{\"files\": [\"maps/out/canary\", \"deep/er/out/canary\", \"maps/world.txt\"]}")
            .document()
            .path("entries");
    assertThat(found).hasSize(1);
  }

  @Test
  void aFileInAMountIsNotEditedTogether() throws Exception {
    Files.createDirectories(files.host.resolve("maps"));
    Files.writeString(files.host.resolve("maps/world.txt"), "covered");
    SharedFiles shownTogether = new SharedFiles(files.server, SaveHistory.NONE, files.views::of);

    assertThatThrownBy(() -> shownTogether.resolve("/maps/world.txt", new UUID(0, 1)))
        .hasMessage(CollabErrors.NOT_PRIMARY);
  }

  @Test
  void withdrawingThePermissionHidesTheMountAtOnce() throws IOException {
    assertThat(files.get("list", "directory", "/maps").status()).isEqualTo(200);

    config.set("allowed_mounts", List.of());

    assertThat(files.get("list", "directory", "/maps").status()).isEqualTo(404);
  }

  @Test
  void sizesAreOnlyKnownForTheVolume() throws IOException {
    Files.createDirectories(files.host.resolve("a/b"));
    Files.writeString(files.host.resolve("a/b/file"), "x".repeat(50_000));
    Files.writeString(files.host.resolve("a/secret"), "x".repeat(10_000));
    files.volume.scan();

    for (String route : List.of("largest-directories", "directory-sizes")) {
      FilesFixture.Answer refused = files.get(route, "directory", "/maps");
      assertThat(refused.status()).isEqualTo(417);
      assertThat(refused.error()).isEqualTo("filesystem does not support this operation");
      assertThat(files.get(route, "ignored", "[").error()).isEqualTo("directory not found");
      assertThat(files.get(route, "ignored", "[").status()).isEqualTo(404);
    }
    JsonNode largest = files.get("largest-directories", "directory", "/").document();
    assertThat(largest.isArray()).isTrue();
    assertThat(largest.at("/0/name").asText()).isEqualTo("a");
    assertThat(largest.at("/1/name").asText()).isEqualTo("a/b");
    assertThat(largest.at("/0/size").asLong()).isGreaterThan(60_000);
    FilesFixture.Answer unknown = files.get("largest-directories", "directory", "/nope");
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.error()).isEqualTo("directory not found");

    JsonNode sizes = files.get("directory-sizes", "directory", "/a", "depth", "1").document();
    assertThat(sizes.path("name").asText()).isEqualTo("/a");
    assertThat(sizes.at("/children/0/name").asText()).isEqualTo("b");
    assertThat(sizes.at("/children/0/size").asLong()).isGreaterThanOrEqualTo(50_000);
    JsonNode nothing = files.get("directory-sizes", "directory", "/nope").document();
    assertThat(nothing.path("size").asLong()).isZero();
    assertThat(nothing.path("children").isArray()).isTrue();
    JsonNode hidden = files.get("directory-sizes", "directory", "/a", "ignored", "b").document();
    assertThat(hidden.path("inaccessible_size").asLong()).isGreaterThanOrEqualTo(50_000);
    assertThat(hidden.path("children")).isEmpty();

    assertThat(listedSize()).isGreaterThan(60_000);
    config.set("api.disable_directory_size", true);
    assertThat(listedSize()).isZero();
  }

  @Test
  void theLargestDirectoriesAreAnsweredAsThePanelAsksForThem() throws IOException {
    Files.createDirectories(files.host.resolve("shown/inner"));
    Files.writeString(files.host.resolve("shown/inner/file"), "x".repeat(10_000));
    Files.createDirectories(files.host.resolve("private/inner"));
    Files.createDirectories(files.host.resolve("some.secret"));
    files.volume.scan();

    for (JsonNode exchange : PanelSamples.exchanges("node-api/files-largest-directories")) {
      String query = exchange.path("query").asText();
      FilesFixture.Answer answer = files.send("GET", "largest-directories?" + query, new byte[0]);
      assertThat(answer.status()).as(query).isEqualTo(200);
      assertThat(answer.document().findValuesAsText("name"))
          .as(query)
          .contains("shown", "shown/inner");
      if (query.contains("ignored")) {
        assertThat(answer.document().findValuesAsText("name"))
            .doesNotContain("some.secret", "private/inner");
      }
      exchange
          .path("response_body")
          .path(0)
          .properties()
          .forEach(member ->
              assertThat(answer.document().at("/0").path(member.getKey()).getNodeType())
                  .as(member.getKey())
                  .isEqualTo(member.getValue().getNodeType()));
    }
  }

  private long listedSize() throws IOException {
    return files.get("list").document().at("/entries/0/size").asLong();
  }
}
