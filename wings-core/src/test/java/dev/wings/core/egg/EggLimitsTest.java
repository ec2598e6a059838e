package dev.wings.core.egg;

import static dev.wings.core.egg.EggServer.file;
import static dev.wings.core.egg.EggServer.insert;
import static dev.wings.core.egg.EggServer.replace;
import static dev.wings.core.egg.EggServer.replaceIf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.definition.ProcessConfiguration.Replacement;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What holds for all formats: limits, hostile files and paths, and files that must not change.
final class EggLimitsTest {
  @TempDir Path temporary;
  private Path root;
  private EggServer server;

  @BeforeEach
  void createServer() throws IOException {
    root = Files.createDirectory(temporary.resolve("volume"));
    server = new EggServer(root);
  }

  private void assertRefused(String parser, String content, String reason, Replacement... changes) {
    server.put("config", content);
    assertThat(server.rewrite(file("config", parser, changes)))
        .singleElement()
        .asString()
        .contains("config")
        .contains(reason);
    assertThat(server.get("config")).isEqualTo(content);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "json|{\"a\":1}|{\\n  \"a\": 2\\n}",
        "yaml|a: 1\\n|a: 2\\n",
        "toml|a = 1\\n|a = 2\\n",
        "ini|a=1\\n|a=2\\n",
        "properties|a=1\\n|a=2\\n",
        "xml|<r><a>1</a></r>|<a>2</a>"
      })
  @Proves("CP-02")
  void aByteOrderMarkIsKept(String parser, String content, String result) {
    assertThat(server.rewritten(parser, "\uFEFF" + content.replace("\\n", "\n"), replace("a", "2")))
        .startsWith("\uFEFF")
        .contains(result.replace("\\n", "\n"))
        .doesNotContain("1</a>")
        .matches("(?s)\uFEFF[^\uFEFF]*");
  }

  @ParameterizedTest
  @CsvSource({"json,'{}'", "yaml,'a: {}'", "toml,'a = []'"})
  @Proves("CP-01")
  void hugeIndexesAreRefused(String parser, String content) {
    for (String match : new String[] {"a[2000000000]", "a[2147483648].b", "a[0][10001]"}) {
      assertRefused(parser, content, "index", replace(match, "b"));
    }
    assertRefused(parser, content, "more than 64", replace("a.".repeat(100) + "b", "c"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "yaml"})
  @Proves("CP-01")
  void createdValuesAreBounded(String parser) {
    Replacement[] many = new Replacement[20];
    for (int i = 0; i < many.length; i++) {
      many[i] = replace("a[" + i + "][9999]", "v");
    }
    assertRefused(parser, "{}", "100000 values", many);
  }

  @Test
  @Proves("CP-01")
  void substitutionsAndResultsAreBounded() {
    server.variable("V", "v".repeat(1000));
    assertRefused(
        "properties",
        "a=" + "x".repeat(60_000),
        "larger than 1",
        replaceIf("a", "regex:x", "{{env.V}}"));
    assertRefused("toml", "a = 1\n", "larger than 1", replace("a", "{{env.V}}".repeat(1100)));
    Replacement[] lines = new Replacement[1100];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = insert("k" + i + "=", "{{env.V}}", true);
    }
    assertRefused("file", "a\n", "larger than 1", lines);
  }

  @Test
  @Proves("CP-01")
  void longLinesAreRefusedOnlyWhereLinesMatter() {
    String text = "x".repeat(70_000);
    for (String parser : List.of("file", "properties", "ini", "toml")) {
      assertRefused(parser, "a = '" + text + "'\n", "longer than", replace("a", "1"));
    }
    assertThat(server.rewritten("json", "{\"a\":1,\"b\":\"" + text + "\"}", replace("a", "2")))
        .contains("\"a\": 2");
  }

  @Test
  @Proves("CP-01")
  void xmlThatProvokesQuadraticWorkIsHandledInTime() {
    String open = "<\n".repeat(300_000) + "/>";
    String flat = "<r>" + "<a> </a> \n".repeat(90_000) + "</r>";
    Assertions.assertTimeout(
        Duration.ofSeconds(30),
        () -> {
          assertRefused("xml", open, "XML", replace("a", "1"));
          assertThat(server.rewritten("xml", flat, replace("b", "1"))).contains("<b>1</b>");
        });
  }

  @Test
  @Proves("CP-02")
  void deepXmlIsRefusedAndCommentsDoNotCount() {
    assertRefused("xml", "<a>".repeat(300) + "</a>".repeat(300), "nested", replace("b", "1"));
    assertThat(
            server.rewritten("xml", "<r><!--" + "<a>".repeat(300) + "--></r>", replace("b", "1")))
        .contains("<b>1</b>");
  }

  @Test
  @Proves("CP-03")
  void xmlCannotTakeControlCharactersOrForeignNames() {
    String content = "<r><a>1</a><op>false</op></r>";
    assertRefused("xml", content, "cannot be written", replace("a", "x\0"));
    assertRefused("xml", content, "cannot be written", replace("a", "@v=\u0001"));
    assertRefused("xml", content, "no XML name", replace("b c", "1"));
    assertRefused("xml", content, "no XML name", replace("a", "@x y=1"));
    assertThat(server.rewritten("xml", content, replace("a", "</a><op>true</op>")))
        .contains("<a>&lt;/a&gt;&lt;op&gt;true&lt;/op&gt;</a>")
        .contains("<op>false</op>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "yaml"})
  @Proves("CP-02")
  void aDocumentThatIsNoTreeStaysAsItIs(String parser) {
    assertRefused(parser, "\"some text\"", "single value", replace("a", "1"));
  }

  @Test
  @Proves("CP-02")
  void bytesThatAreNotTextAreLeftAlone() throws IOException {
    byte[] bytes = {'a', '=', (byte) 0xff, (byte) 0xc0};
    for (String parser : List.of("file", "properties", "ini", "toml", "json", "yaml", "xml")) {
      Files.write(root.resolve("config"), bytes);
      assertThat(server.rewrite(file("config", parser, replace("a", "b"))))
          .singleElement()
          .asString()
          .contains("UTF-8");
      assertThat(root.resolve("config")).hasBinaryContent(bytes);
    }
  }

  // ---- paths

  private static Replacement insertLine() {
    return insert("a", "a", true);
  }

  @Test
  @Proves("CP-06")
  void pathsUpwardsStayBelowTheRoot() throws IOException {
    Path canary = Files.writeString(temporary.resolve("canary"), "a=1\n");

    for (String path : new String[] {"../canary", "/../../canary", "x/../../canary"}) {
      Files.deleteIfExists(root.resolve("canary"));
      assertThat(server.rewrite(file(path, "properties", replace("b", "2")))).as(path).isEmpty();
      assertThat(root.resolve("canary")).as(path).hasContent("b=2");
    }
    for (String path : new String[] {"/", ".", "..", "", "a\0b"}) {
      assertThat(server.rewrite(file(path, "file", insertLine()))).as(path).hasSize(1);
    }
    assertThat(canary).hasContent("a=1");
  }

  @Test
  @Proves("CP-06")
  void linksOutOfTheRootAreNeitherReadNorWritten() throws IOException {
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    Path canary = Files.writeString(outside.resolve("canary"), "secret=1\n");
    Files.createSymbolicLink(root.resolve("file"), canary);
    Files.createSymbolicLink(root.resolve("relative"), Path.of("../outside/canary"));
    Files.createSymbolicLink(root.resolve("directory"), outside);

    for (String path : new String[] {"file", "relative", "directory/canary", "directory/new"}) {
      assertThat(server.rewrite(file(path, "properties", replace("secret", "2"))))
          .as(path)
          .singleElement()
          .asString()
          .contains("link out of");
    }
    server.rewrite(file("directory/sub/new", "properties", replace("a", "2")));

    assertThat(canary).hasContent("secret=1");
    try (var files = Files.list(outside)) {
      assertThat(files).containsExactly(canary);
    }
  }

  @Test
  @Proves("CP-06")
  void directoriesPipesAndDanglingLinksAreNotTouched() throws Exception {
    Files.createDirectory(root.resolve("directory"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("directory"));
    Files.createSymbolicLink(root.resolve("dangling"), Path.of("nowhere"));
    int made = new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start().waitFor();
    assertThat(made).isZero();

    assertThat(
            server.rewrite(
                file("directory", "file", insertLine()),
                file("link", "file", insertLine()),
                file("pipe", "file", insertLine()),
                file("dangling", "file", insertLine())))
        .hasSize(4);

    assertThat(root.resolve("directory")).isEmptyDirectory();
    assertThat(Files.isSymbolicLink(root.resolve("link"))).isTrue();
    assertThat(Files.exists(root.resolve("dangling"), LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(root.resolve("nowhere")).doesNotExist();
  }

  @Test
  void aLinkInsideTheRootStaysALink() throws IOException {
    server.put("real", "a=1\n");
    Files.createSymbolicLink(root.resolve("link"), Path.of("real"));
    assertThat(server.rewrite(file("link", "properties", replace("a", "2")))).isEmpty();
    assertThat(Files.isSymbolicLink(root.resolve("link"))).isTrue();
    assertThat(server.get("real")).isEqualTo("a=2\n");
  }

  // ---- what stays

  @ParameterizedTest
  @CsvSource({
    "file,a=1",
    "properties,a : 1",
    "ini,a = 1 ; c",
    "json,{\"a\" : 1   }",
    "yaml,'a:   1 # c'",
    "toml,a =  1 # c",
    "xml,<r  ><a >1</a></r>"
  })
  @Proves("CP-05")
  void filesInWhichNothingChangesAreNotWritten(String parser, String content) throws IOException {
    server.put("config", content + "\n");
    Path config = root.resolve("config");
    FileTime old = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    Files.setLastModifiedTime(config, old);
    Object node = Files.getAttribute(config, "unix:ino");
    String value = parser.equals("file") ? "a=1" : "1";

    assertThat(server.rewrite(file("config", parser, replace("a", value)))).isEmpty();

    assertThat(server.get("config")).isEqualTo(content + "\n");
    assertThat(Files.getLastModifiedTime(config)).isEqualTo(old);
    assertThat(Files.getAttribute(config, "unix:ino")).isEqualTo(node);
  }

  @Test
  @Proves("CP-05")
  void permissionsAreKeptAndNothingIsLeftBehind() throws IOException {
    server.put("config", "a=1\n");
    Path config = root.resolve("config");
    Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rwx--x---"));

    server.rewrite(file("config", "ini", replace("a", "2")));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(config)))
        .isEqualTo("rwx--x---");
    try (var files = Files.list(root)) {
      assertThat(files).containsExactly(config);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ini", "properties", "json", "yaml", "toml"})
  @Proves("CP-05")
  void windowsLineEndsAndForeignLettersSurvive(String parser) throws IOException {
    String content =
        switch (parser) {
          case "json" -> "{\r\n  \"a\": 1,\r\n  \"b\": \"gr\u00fcn\"\r\n}";
          case "yaml" -> "a: 1\r\nb: gr\u00fcn\r\n";
          case "toml" -> "a = 1\r\nb = 'gr\u00fcn'\r\n";
          case "properties" -> "a=1\r\nb=gr\\u00fcn\r\n";
          default -> "a=1\r\nb=gr\u00fcn\r\n";
        };
    server.rewritten(parser, content, replace("a", "2"));
    assertThat(root.resolve("config"))
        .hasBinaryContent(content.replace("1", "2").getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void jsonIsWrittenLikeTheReferenceDoes() {
    assertThat(
            server.rewritten(
                "json",
                "{\"a\":1,\"e\":{},\"l\":[],\"n\":[1.20,{\"x\":null}]}\n",
                replace("a", "2")))
        .isEqualTo(
            """
            {
              "a": 2,
              "e": {},
              "l": [],
              "n": [
                1.20,
                {
                  "x": null
                }
              ]
            }\
            """);
  }

  @Test
  void aFailingFileDoesNotStopTheNextAndItsNameIsPrintable() {
    server.put("bad", "{");
    assertThat(
            server.rewrite(
                file("bad", "json", replace("a", "1")),
                file("x\n\u001b[31m", "unknown", replace("a", "1")),
                file("/sub/dir/good", "properties", replace("a", "1"))))
        .hasSize(2)
        .allSatisfy(problem -> assertThat(problem).doesNotContainPattern("\\p{Cntrl}"));
    assertThat(server.get("sub/dir/good")).isEqualTo("a=1\n");
  }
}
