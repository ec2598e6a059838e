package dev.wings.daemon.api.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
class ChangeRoutesTest {
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

  /// Every entry with its type, mode and content.
  private static Map<String, String> snapshot(Path root) throws IOException {
    Map<String, String> entries = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : (Iterable<Path>) tree::iterator) {
        var attributes = Files.readAttributes(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        String content =
            Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.readString(path) : "";
        entries.put(root.relativize(path).toString(), attributes.get("mode") + " " + content);
      }
    }
    return entries;
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void renamesAndMakesDirectories() throws IOException {
    files.write("a.txt", "A");
    files.write("b.txt", "B");
    files.write("dir/c.txt", "C");

    Answer answer =
        files.put(
            "rename",
            """
            {"root":"/","files":[{"from":"a.txt","to":"x/y/a.txt"},{"from":"nope","to":"z"},
              {"from":"b.txt","to":"dir/c.txt"},{"from":"b.txt","to":"b.txt"},
              {"from":"dir","to":"moved"}]}\
            """);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.document().path("renamed").asInt()).isEqualTo(2);
    assertThat(host("x/y/a.txt")).hasContent("A");
    assertThat(host("b.txt")).hasContent("B");
    assertThat(host("moved/c.txt")).hasContent("C");
    assertThat(
            files
                .put(
                    "rename",
                    """
                    {"root":"x","files":[{"from":"y","to":"p/q"}],"create_directories":false}\
                    """)
                .document()
                .path("renamed")
                .asInt())
        .isZero();
    assertThat(Files.getAttribute(host("x/y"), "unix:uid")).isEqualTo(TwoServers.OWNER);
  }

  /// A native daemon wipes the whole server on these.
  @ParameterizedTest
  @ValueSource(strings = {"", ".", "/", "..", "./", "//", "a/..", "../..", "a/../..", "./."})
  void aNameOfTheRootItselfChangesNothing(String name) throws IOException {
    files.write("keep.txt", "kept");
    files.write("d/keep.txt", "kept");
    Map<String, String> before = snapshot(files.host());

    for (String root : List.of("", "/", "/d", "d/")) {
      Answer deleted =
          files.post("delete", "{\"root\":\"%s\",\"files\":[\"%s\"]}".formatted(root, name));
      assertThat(deleted.status()).isEqualTo(200);
      assertThat(deleted.document().path("deleted").asInt()).isZero();
      Answer changed =
          files.post(
              "chmod",
              "{\"root\":\"%s\",\"files\":[{\"file\":\"%s\",\"mode\":\"000\",\"recursive\":true}]}"
                  .formatted(root, name));
      assertThat(changed.document().path("updated").asInt()).isZero();
      for (String pair :
          List.of(
              "{\"from\":\"%s\",\"to\":\"new\"}".formatted(name),
              "{\"from\":\"keep.txt\",\"to\":\"%s\"}".formatted(name))) {
        Answer renamed =
            files.put("rename", "{\"root\":\"%s\",\"files\":[%s]}".formatted(root, pair));
        assertThat(renamed.document().path("renamed").asInt()).isZero();
        Answer copied =
            files.post(
                "copy-many",
                "{\"root\":\"%s\",\"files\":[%s],\"overwrite\":true}".formatted(root, pair));
        assertThat(copied.status()).isEqualTo(200);
        assertThat(copied.document().path("copied").asInt()).isZero();
        Answer sent =
            files.post(
                "copy-remote",
                ("{\"url\":\"\",\"token\":\"Bearer x\",\"root\":\"%s\",\"files\":[%s],"
                        + "\"destination_server\":\"%s\",\"destination_path\":\"/\"}")
                    .formatted(root, pair, TwoServers.SECOND));
        assertThat(sent.status()).isEqualTo(200);
      }
    }

    assertThat(snapshot(files.host())).isEqualTo(before);
    assertThat(snapshot(files.otherHost())).hasSize(1);
  }

  @Test
  @Proves("FS-03")
  void deletesTreesAndLinksButNothingBehindLinks() throws IOException {
    Path canary = Files.createDirectory(directory.resolve("canary"));
    Files.writeString(canary.resolve("file"), "safe");
    files.write("d/e/f/g.txt", "x");
    Files.createSymbolicLink(host("d/e/out"), canary);
    Files.createSymbolicLink(host("link"), canary.resolve("file"));
    Files.createSymbolicLink(host("inside"), Path.of("keep"));
    files.write("keep/a", "a");

    Answer answer =
        files.post("delete", "{\"root\":\"/\",\"files\":[\"d\",\"nope\",\"link\",\"inside\"]}");

    assertThat(answer.document().path("deleted").asInt()).isEqualTo(3);
    assertThat(snapshot(files.host()).keySet()).containsExactly("", "keep", "keep/a");
    assertThat(canary.resolve("file")).hasContent("safe");
  }

  @Test
  void saysHowManyFilesCouldNotBeDeleted() throws IOException {
    files.write("d/secret.key", "s");
    files.write("d/open", "o");
    files.write("e", "e");
    TwoServers.deny(files.server, "*.key");

    Answer answer = files.post("delete", "{\"root\":\"/\",\"files\":[\"d\",\"e\"]}");

    assertThat(answer.status()).isEqualTo(417);
    assertThat(answer.error()).isEqualTo("failed to delete 1 file");
    assertThat(snapshot(files.host()).keySet()).containsExactly("", "d", "d/secret.key");
  }

  @Test
  @Proves("FS-05")
  void modesAreNineBitsOfTheEntryItself() throws IOException {
    Path canary = Files.writeString(directory.resolve("canary"), "safe");
    Files.setPosixFilePermissions(canary, PosixFilePermissions.fromString("rw-------"));
    files.write("a", "a");
    files.write("d/b", "b");
    files.write("d/e/c", "c");
    Files.createSymbolicLink(host("out"), canary);
    Files.createSymbolicLink(host("d/in"), Path.of("../a"));

    Answer answer =
        files.post(
            "chmod",
            """
            {"root":"","files":[{"file":"a","mode":"04755"},{"file":"out","mode":"777"},
              {"file":"d","mode":"750","recursive":true},{"file":"a","mode":"9"},
              {"file":"a","mode":"+7"},{"file":"a","mode":""},{"file":"nope","mode":"777"}]}\
            """);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.document().path("updated").asInt()).isEqualTo(5);
    assertThat(Files.getAttribute(host("a"), "unix:mode")).isEqualTo(0100755);
    assertThat(mode(host("d/e"))).isEqualTo("rwxr-x---");
    assertThat(mode(host("d/e/c"))).isEqualTo("rwxr-x---");
    assertThat(mode(canary)).isEqualTo("rw-------");
  }

  @Test
  @Proves("FS-08")
  void directoriesBelongToTheContainerUser() throws IOException {
    assertThat(files.post("create-directory", "{\"root\":\"/\",\"name\":\"a/b/c\"}").status())
        .isEqualTo(200);
    assertThat(files.post("create-directory", "{\"path\":\"a\",\"name\":\"b\"}").status())
        .isEqualTo(200);
    files.write("file", "");

    assertThat(host("a/b/c")).isDirectory();
    assertThat(Files.getAttribute(host("a"), "unix:uid")).isEqualTo(TwoServers.OWNER);
    assertThat(Files.getAttribute(host("a/b/c"), "unix:uid")).isEqualTo(TwoServers.OWNER);
    Answer notDirectory = files.post("create-directory", "{\"root\":\"file\",\"name\":\"x\"}");
    assertThat(notDirectory.status()).isEqualTo(417);
    assertThat(notDirectory.error()).isEqualTo("path is not a directory");
    Answer through = files.post("create-directory", "{\"root\":\"/\",\"name\":\"file/x\"}");
    assertThat(through.status()).isEqualTo(500);
    assertThat(through.error()).isEqualTo("not a directory");
  }

  @Test
  @Proves({"FS-04", "FS-08"})
  void linksAreStoredRelativeAndInside() throws IOException {
    files.write("d/e/file", "x");
    files.write("top", "t");
    Files.createSymbolicLink(host("alias"), Path.of("d/e"));

    assertThat(link("/", "l1", "d/e/file").status()).isEqualTo(200);
    assertThat(link("/d", "l2", "/top").status()).isEqualTo(200);
    assertThat(link("/d/e", "l3", "/d/e").status()).isEqualTo(200);
    assertThat(link("/alias", "l4", "/top").status()).isEqualTo(200);
    assertThat(link("/d", "l5", "../../../../top").status()).isEqualTo(200);

    assertThat(Files.readSymbolicLink(host("l1"))).isEqualTo(Path.of("d/e/file"));
    assertThat(Files.readSymbolicLink(host("d/l2"))).isEqualTo(Path.of("../top"));
    assertThat(Files.readSymbolicLink(host("d/e/l3"))).isEqualTo(Path.of("."));
    assertThat(host("d/e/l4")).hasContent("t");
    assertThat(Files.readSymbolicLink(host("d/l5"))).isEqualTo(Path.of("../top"));
    assertThat(Files.getAttribute(host("l1"), "unix:uid", LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(TwoServers.OWNER);
    refused(link("/", "l1", "top"), 417, "destination already exists");
    refused(link("/", "l9", "nope"), 404, "target not found");
    refused(link("/top", "l9", "/top"), 417, "path is not a directory");
    refused(link("/nope", "l9", "/top"), 417, "path is not a directory");
    TwoServers.deny(files.server, "top", "*.key", "hidden");
    refused(link("/", "l9", "top"), 404, "target not found");
    refused(link("/", "a.key", "d"), 417, "destination not found");
    refused(link("/hidden", "x", "d"), 404, "path not found");
  }

  private Answer link(String root, String link, String target) throws IOException {
    return files.post(
        "create-symlink",
        "{\"root\":\"%s\",\"link\":\"%s\",\"target\":\"%s\"}".formatted(root, link, target));
  }

  private static void refused(Answer answer, int status, String error) {
    assertThat(answer.error()).isEqualTo(error);
    assertThat(answer.status()).isEqualTo(status);
  }

  /// Each verb on what a rule hides: by its name, through a link, and by moving a directory above.
  @Test
  @Proves("FS-06")
  void nothingHiddenIsChangedUnderAnyName() throws IOException {
    files.write("conf/secret.yml", "hidden");
    files.write("conf/open.yml", "open");
    files.write("deny/x", "hidden");
    Files.createSymbolicLink(host("alias"), Path.of("conf"));
    Files.createSymbolicLink(host("direct"), Path.of("conf/secret.yml"));
    TwoServers.deny(files.server, "/conf/secret.yml", "deny/");
    Map<String, String> before = snapshot(files.host());

    for (String name : List.of("conf/secret.yml", "alias/secret.yml", "direct", "deny/x", "deny")) {
      assertThat(count("renamed", files.put("rename", pairs(name, "free")))).as(name).isZero();
      assertThat(count("copied", files.post("copy-many", pairs(name, "free")))).as(name).isZero();
      assertThat(count("updated", files.post("chmod", mode(name)))).as(name).isZero();
      assertThat(count("deleted", files.post("delete", "{\"files\":[\"%s\"]}".formatted(name))))
          .as(name)
          .isZero();
      Answer copy = files.post("copy", "{\"path\":\"%s\",\"name\":\"/free\"}".formatted(name));
      assertThat(copy.error()).as(name).isEqualTo("file not found");
    }
    for (String name : List.of("deny/y", "deny/a/b")) {
      assertThat(count("renamed", files.put("rename", pairs("conf/open.yml", name)))).isZero();
      assertThat(count("copied", files.post("copy-many", pairs("conf/open.yml", name)))).isZero();
      assertThat(
              files
                  .post("copy", "{\"path\":\"conf/open.yml\",\"name\":\"/%s\"}".formatted(name))
                  .status())
          .isEqualTo(417);
      refused(
          files.post("create-directory", "{\"root\":\"/\",\"name\":\"%s\"}".formatted(name)),
          417,
          "destination not found");
    }
    assertThat(count("renamed", files.put("rename", pairs("conf", "free")))).isZero();
    assertThat(count("updated", files.post("chmod", mode("conf")))).isEqualTo(2);
    assertThat(
            count(
                "updated",
                files.post(
                    "chmod",
                    "{\"files\":[{\"file\":\"conf\",\"mode\":\"755\",\"recursive\":true},{\"file\":\"conf/open.yml\",\"mode\":\"644\"}]}")))
        .isEqualTo(3);
    files.post("chmod", "{\"files\":[{\"file\":\"conf/open.yml\",\"mode\":\"644\"}]}");

    assertThat(snapshot(files.host())).isEqualTo(before);
    assertThat(count("copied", files.post("copy-many", pairs("conf", "copy")))).isEqualTo(1);
    assertThat(host("copy/open.yml")).hasContent("open");
    assertThat(host("copy/secret.yml")).doesNotExist();
  }

  private static String pairs(String from, String to) {
    return "{\"root\":\"/\",\"files\":[{\"from\":\"%s\",\"to\":\"%s\"}]}".formatted(from, to);
  }

  private static String mode(String name) {
    return "{\"files\":[{\"file\":\"%s\",\"mode\":\"777\",\"recursive\":true}]}".formatted(name);
  }

  private static long count(String member, Answer answer) {
    assertThat(answer.status()).as(answer.document().toString()).isEqualTo(200);
    return answer.document().path(member).asLong();
  }

  @Test
  void aUsersOwnRulesBindToo() throws IOException {
    files.write("a", "a");

    assertThat(count("deleted", files.post("delete", "{\"files\":[\"a\"],\"ignored\":[\"a\"]}")))
        .isZero();
    refused(files.post("delete", "{\"files\":[\"a\"],\"ignored\":[\"[\"]}"), 404, "file not found");
    assertThat(host("a")).exists();
  }

  @Test
  void namesThatCannotBeAreNoEntries() throws IOException {
    String body = "{\"files\":[\"a\\u0000b\",\"%s\"]}".formatted("x".repeat(5000));

    assertThat(count("deleted", files.post("delete", body))).isZero();
  }

  @Test
  void whatThePanelSentIsUnderstood() throws IOException {
    for (String route :
        List.of("rename", "delete", "chmod", "create-directory", "create-symlink")) {
      for (JsonNode sample : PanelSamples.exchanges("node-api/files-" + route)) {
        files.write("a", "a");
        files.write("d/b.txt", "b");
        files.write("t", "t");
        Answer answer = files.replay(sample);
        assertThat(answer.status()).as(route + " " + sample.path("note")).isEqualTo(200);
        sample
            .path("response_body")
            .fieldNames()
            .forEachRemaining(member -> {
              if (sample.path("answer_constructed").asBoolean()) {
                assertThat(answer.document().path(member).isIntegralNumber()).isTrue();
              }
            });
        Files.deleteIfExists(host("l"));
        Files.deleteIfExists(host("ln"));
        Files.deleteIfExists(host("b"));
      }
    }
  }
}
