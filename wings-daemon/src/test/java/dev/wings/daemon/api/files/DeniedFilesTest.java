package dev.wings.daemon.api.files;

import static dev.wings.daemon.api.files.FileApi.USER;
import static dev.wings.daemon.api.files.FileVerbs.body;
import static dev.wings.daemon.api.files.FileVerbs.list;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.daemon.api.files.FileApi.Answer;
import dev.wings.daemon.api.files.FileVerbs.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a rule hides is hidden from every verb, whatever name it is asked for by, and whichever of
/// the three places the rule comes from.
class DeniedFilesTest {
  private static final String SECRET = "secret-5e0d";
  private static final String[] RULES = {"plans.txt", "hidden/", "/vault/inner/only.txt", "*.key"};

  /// Hidden files, and a part of each one's name that no listing may show.
  private static final Map<String, String> HIDDEN =
      Map.of(
          "plans.txt", "plans.t",
          "hidden/deep/inner.txt", "inner.t",
          "vault/inner/only.txt", "only.t",
          "sub/my.key", "my.ke");

  private static final List<String> SPELLINGS =
      List.of(
          "plans.txt",
          "/plans.txt",
          "//plans.txt",
          "plans.txt/",
          "./plans.txt",
          "sub/../plans.txt",
          "none/../plans.txt",
          "/../plans.txt",
          "link",
          "link/",
          "sub/back/plans.txt",
          "sub/chain",
          "hidden",
          "hidden/",
          "/hidden//",
          "hidden/deep/inner.txt",
          "hidden//deep/./inner.txt",
          "way/deep/inner.txt",
          "way",
          "way/deep/..",
          "sub/../hidden/deep",
          "vault/inner/only.txt",
          "vault//inner/only.txt",
          "loop/inner/only.txt",
          "loop/inner/../inner/only.txt",
          "sub/my.key",
          "sub/my.key/.",
          "sub/back/sub/my.key");

  @TempDir Path data;
  private FileApi api;
  private Path volume;
  private final List<String> findings = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    api = new FileApi(data);
    api.config.set("api.max_jwt_uses", 0);
    volume = api.file("").normalize();
    plant();
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void plant() throws IOException {
    api.volume.clear();
    HIDDEN.keySet().forEach(file -> api.write(file, SECRET + " " + file));
    api.write("file", "open");
    api.write("dir/deep/file", "open");
    api.write("vault/file", "open");
    Map<String, String> links = new LinkedHashMap<>();
    links.put("link", "plans.txt");
    links.put("way", "hidden");
    links.put("loop", "vault");
    links.put("sub/back", "..");
    links.put("sub/chain", "../link");
    for (Map.Entry<String, String> link : links.entrySet()) {
      Files.createSymbolicLink(volume.resolve(link.getKey()), Path.of(link.getValue()));
    }
  }

  /// What is hidden is where it was, as it was, and nowhere else.
  private void check(String what) throws IOException {
    Map<String, String> secrets = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(volume)) {
      for (Path file : (Iterable<Path>) tree::iterator) {
        String name = volume.relativize(file).toString();
        if (name.startsWith("hidden/") && !name.equals("hidden/deep")) {
          secrets.put(name, "");
        }
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          String content = Files.readString(file, ISO_8859_1);
          if (content.contains(SECRET)) {
            secrets.put(name, content + Files.getPosixFilePermissions(file));
          }
        }
      }
    }
    if (!secrets.equals(planted)) {
      findings.add(what + " changed what is hidden: " + secrets);
      plant();
    }
  }

  private Map<String, String> planted = Map.of();

  private Map<String, String> planted() throws IOException {
    Map<String, String> all = new TreeMap<>();
    for (String file : HIDDEN.keySet()) {
      all.put(
          file,
          Files.readString(volume.resolve(file))
              + Files.getPosixFilePermissions(volume.resolve(file)));
    }
    return all;
  }

  private void tryEverything(FileVerbs verbs, Set<String> left) throws IOException {
    planted = planted();
    Map<String, Verb> all = new LinkedHashMap<>(verbs.reading());
    all.putAll(verbs.writing());
    all.keySet().removeIf(verb -> !left.isEmpty() && left.stream().noneMatch(verb::startsWith));
    assertThat(all).isNotEmpty();
    for (Map.Entry<String, Verb> verb : all.entrySet()) {
      for (String name : SPELLINGS) {
        answer(verb.getKey() + " " + name, verb.getValue().run(name));
        check(verb.getKey() + " " + name);
      }
      for (String name :
          List.of("", "/", "sub/back", "vault", "vault/inner", "loop/inner", "sub")) {
        if (name.equals("sub") && verb.getKey().equals("rename from")) {
          continue; // its rule holds under any name of the directory
        }
        Answer answer = verb.getValue().run(name);
        answer(verb.getKey() + " of " + name, answer);
        HIDDEN.values().stream()
            .filter(answer.text()::contains)
            .forEach(part ->
                findings.add(
                    verb.getKey() + " of '" + name + "' shows " + part + ": " + answer.text()));
        check(verb.getKey() + " of " + name);
      }
      plant();
    }
    assertThat(findings).isEmpty();
  }

  private void answer(String what, Answer answer) {
    if (answer.text().contains(SECRET)) {
      findings.add(what + " told what is hidden: " + answer.text());
    }
    if (answer.status() >= 500 && !what.startsWith("create-directory")) {
      findings.add(what + ": " + answer.status());
    }
  }

  @Test
  @Proves("FS-06")
  void theDenyListOfTheEggHoldsForEveryVerb() throws IOException {
    TwoServers.deny(api.server, RULES);

    tryEverything(new FileVerbs(api), Set.of());
    movesOfParents(new FileVerbs(api));
  }

  @Test
  @Proves("FS-06")
  void theListOfARequestHoldsForEveryVerb() throws IOException {
    FileVerbs verbs = new FileVerbs(api, RULES);

    tryEverything(
        verbs,
        Set.of(
            "list",
            "contents",
            "lines",
            "stat",
            "largest",
            "sizes",
            "revisions",
            "fingerprints",
            "search",
            "write",
            "create",
            "copy",
            "rename",
            "compress",
            "decompress",
            "chmod",
            "delete",
            "upload",
            "slice"));
    movesOfParents(verbs);
  }

  @Test
  @Proves("FS-06")
  void theLiveListOfAUserHoldsForItsLinks() throws IOException {
    api.server.permissions().push(USER, List.of("*"), List.of(RULES));

    tryEverything(new FileVerbs(api), Set.of("download", "upload", "slice"));
  }

  /// A directory with something hidden below goes on hiding it under another name, or keeps its
  /// own.
  private void movesOfParents(FileVerbs verbs) throws IOException {
    for (String parent :
        List.of("vault", "vault/inner", "loop/inner", "hidden", "hidden/deep", "way/deep")) {
      List<Answer> moves =
          List.of(
              requireNonNull(verbs.writing().get("rename from")).run(parent),
              requireNonNull(verbs.writing().get("copy path")).run(parent),
              requireNonNull(verbs.writing().get("copy-many from")).run(parent),
              requireNonNull(verbs.writing().get("compress files")).run(parent));
      moves.forEach(answer -> answer("moving " + parent, answer));
      check("moving " + parent);
      plant();
    }
    assertThat(findings).isEmpty();
    verbs.post("/delete", body("root", "").set("files", list("hidden", "vault", "way", "sub")));
    for (String file : HIDDEN.keySet()) {
      assertThat(volume.resolve(file)).content().startsWith(SECRET);
    }
  }

  @Test
  @Proves("FS-06")
  void aStagingFileIsHiddenLikeTheFileThatItBecomes() throws IOException {
    TwoServers.deny(api.server, RULES);
    FileVerbs verbs = new FileVerbs(api);
    Files.writeString(volume.resolve("plans.txt.upload-part"), SECRET);

    for (Map.Entry<String, Verb> verb : verbs.reading().entrySet()) {
      for (String name : List.of("plans.txt.upload-part", "", "sub/back/plans.txt.upload-part")) {
        Answer answer = verb.getValue().run(name);
        assertThat(answer.text()).as(verb.getKey()).doesNotContain(SECRET);
        if (name.isEmpty()) {
          assertThat(answer.text()).as(verb.getKey()).doesNotContain("upload-part");
        }
      }
    }
    for (Map.Entry<String, Verb> verb : verbs.writing().entrySet()) {
      verb.getValue().run("plans.txt.upload-part");
      assertThat(volume.resolve("plans.txt.upload-part"))
          .as(verb.getKey())
          .content()
          .isEqualTo(SECRET);
    }
  }
}
