package dev.wings.fs.search;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.WingsException;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.search.FoundFile.Block;
import dev.wings.fs.search.FoundFile.Matches;
import dev.wings.fs.search.FoundFile.Span;
import dev.wings.fs.tree.WalkCancelledException;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSearchTest {
  private static final long SEED = Long.getLong("wings.seed", 20_261_125);

  @TempDir Path directory;

  private Path host;
  private Sandbox sandbox;

  @BeforeEach
  void open() throws IOException {
    host = Files.createDirectory(directory.resolve("volume")).toRealPath();
    sandbox = Sandbox.open(host);
  }

  @AfterEach
  void close() throws IOException {
    sandbox.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private void write(String path, String content) throws IOException {
    Path file = host.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private FileView view(PathFilter filter) {
    return new FileView(sandbox.getPath("/"), true, true, true, filter, DirectorySizes.NONE);
  }

  private Location root(PathFilter filter, String path) {
    FileView view = view(filter);
    return new Location(view, view.root()).resolve(path);
  }

  private List<String> paths(String root, SearchQuery query) throws IOException {
    return paths(root(PathFilter.NONE, root), query);
  }

  private static List<String> paths(Location root, SearchQuery query) throws IOException {
    return found(root, query).stream().map(FoundFile::path).sorted().toList();
  }

  private static List<FoundFile> found(Location root, SearchQuery query) throws IOException {
    return FileSearch.run(root, query, 3, new Progress(), () -> false);
  }

  private static SearchQuery all() {
    return SearchQuery.everything(1000);
  }

  private static SearchQuery.Content text(String text) {
    return new SearchQuery.Content(
        text.getBytes(UTF_8), false, 1 << 30, false, 128, Optional.empty());
  }

  private static SearchQuery.Content context(String text, int before, int after, int matches) {
    return new SearchQuery.Content(
        text.getBytes(UTF_8),
        false,
        1 << 30,
        false,
        128,
        Optional.of(new SearchQuery.Context(before, after, matches, 1 << 24)));
  }

  @Test
  void findsRegularFilesOnly() throws IOException {
    write("a.txt", "1");
    write("d/b.txt", "2");
    write("d/e/c.txt", "3");
    Files.createSymbolicLink(host.resolve("link"), Path.of("a.txt"));
    Files.createSymbolicLink(host.resolve("dirlink"), Path.of("d"));
    Files.createDirectory(host.resolve("empty"));

    assertThat(paths("/", all())).containsExactly("a.txt", "d/b.txt", "d/e/c.txt");
    assertThat(paths("/d", all())).containsExactly("b.txt", "e/c.txt");
    assertThat(paths("/dirlink", all())).containsExactly("b.txt", "e/c.txt");
    assertThatThrownBy(() -> paths("/missing", all())).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void namesAreFilteredFromTheRootOfTheTreeOn() throws IOException {
    write("d/a.txt", "");
    write("d/b.log", "");
    write("d/x/a.txt", "");
    assertThat(paths("/d", all().withPaths(List.of("d/*.txt"), List.of(), false)))
        .containsExactly("a.txt");
    assertThat(paths("/d", all().withPaths(List.of("*.TXT"), List.of("D/A.*"), true)))
        .containsExactly("x/a.txt");
    assertThatThrownBy(() -> all().withPaths(List.of("["), List.of("["), false))
        .isInstanceOf(WingsException.class)
        .hasMessage("invalid path filter");
    assertThat(paths("/d", all().withPaths(List.of(), List.of("/d/x"), false)))
        .containsExactly("a.txt", "b.log");
    assertThat(paths("/d", all().withPathText("d/x"))).containsExactly("x/a.txt");
  }

  @Test
  void sizesAreHalfOpen() throws IOException {
    write("s0", "");
    write("s1", "1");
    write("s2", "22");

    assertThat(paths("/", all().withSizes(1, 2))).containsExactly("s1");
    assertThat(paths("/", all().withSizes(0, Long.MAX_VALUE))).containsExactly("s0", "s1", "s2");
    assertThat(paths("/", all().withSizes(2, 2))).isEmpty();
  }

  @Test
  void contentIsSearchedInTextsOnly() throws IOException {
    write("yes", "hay needle hay");
    write("no", "hay");
    write("case", "NEEDLE");
    Files.write(host.resolve("binary"), new byte[] {(byte) 0xFF, 'n', 'e', 'e', 'd', 'l', 'e'});
    write("late binary", "x".repeat(128) + "needle");
    Files.write(
        host.resolve("cut"),
        ("x".repeat(127) + "é needle").getBytes(UTF_8)); // the head ends inside of a character

    assertThat(paths("/", all().withContent(text("needle"))))
        .containsExactly("cut", "late binary", "yes");
    assertThat(paths("/", all().withContent(text(""))))
        .containsExactly("case", "cut", "late binary", "no", "yes");
    SearchQuery.Content folded =
        new SearchQuery.Content("nEEdle".getBytes(UTF_8), true, 14, false, 128, Optional.empty());
    assertThat(paths("/", all().withContent(folded))).containsExactly("case", "yes");
  }

  @Test
  void whatIsTooLargeOrTooSlowToReadCountsOnlyWhenThatIsAskedFor() throws IOException {
    write("small", "hay");
    write("large", "needle".repeat(100));
    SearchQuery.Content strict =
        new SearchQuery.Content("needle".getBytes(UTF_8), false, 50, false, 128, Optional.empty());
    SearchQuery.Content wide =
        new SearchQuery.Content("needle".getBytes(UTF_8), false, 50, true, 128, Optional.empty());
    FileView slow =
        new FileView(
            sandbox.getPath("/"), false, false, false, PathFilter.NONE, DirectorySizes.NONE);
    FileView plain = new FileView(host, false, false, false, PathFilter.NONE, DirectorySizes.NONE);

    assertThat(paths("/", all().withContent(strict))).isEmpty();
    assertThat(paths("/", all().withContent(wide))).containsExactly("large");
    assertThat(paths(new Location(slow, slow.root()), all().withContent(strict))).isEmpty();
    assertThat(paths(new Location(slow, slow.root()), all().withContent(wide)))
        .containsExactly("large", "small");
    assertThat(paths(new Location(plain, host), all().withContent(wide)))
        .containsExactly("large", "small");
  }

  @Test
  void aTreeThatIsNoSandboxIsSearchedTheSameWay() throws IOException {
    write("d/yes.txt", "needle");
    write("d/no.txt", "hay");
    write("d/skip/yes.txt", "needle");
    PathFilter filter =
        (path, _) -> path.equals("d/skip") ? PathFilter.Verdict.SKIP : PathFilter.Verdict.KEEP;
    FileView fast = new FileView(host, false, false, true, filter, DirectorySizes.NONE);

    assertThat(paths(new Location(fast, host.resolve("d")), all().withContent(text("needle"))))
        .containsExactly("yes.txt");
    assertThat(paths(new Location(fast, host), all().withSizes(4, 9))).containsExactly("d/yes.txt");
  }

  @Test
  void oldFormFindsByPathOrByContent() throws IOException {
    write("needle.bin", "\0");
    write("d/x", "a Needle");
    write("d/y", "hay");
    SearchQuery.Content folded =
        new SearchQuery.Content("needle".getBytes(UTF_8), true, 100, false, 64, Optional.empty());

    assertThat(paths("/", all().withPathText("needle"))).containsExactly("needle.bin");
    assertThat(paths("/", all().withPathText("needle").withContent(folded)))
        .containsExactly("d/x", "needle.bin");
    assertThat(paths("/", all().withPathText("d/y").withContent(folded)))
        .containsExactly("d/x", "d/y");
  }

  @Test
  void namesThatAreNoTextAreFound() throws IOException {
    Path odd = sandbox.getPath("/").resolve("caf" + Character.toString(0x10_FEE9));
    Files.writeString(odd, "needle");

    assertThat(paths("/", all().withContent(text("needle"))))
        .containsExactly(odd.toString().substring(1));
  }

  @Test
  @Proves("DS-03")
  void endsWithTheLimitInAHugeDirectory() throws IOException {
    Files.createDirectory(host.resolve("many"));
    for (int i = 0; i < 20_000; i++) {
      Files.createFile(host.resolve("many/" + i));
    }
    Progress progress = new Progress();

    List<FoundFile> found =
        FileSearch.run(
            root(PathFilter.NONE, "/"), SearchQuery.everything(10), 2, progress, () -> false);

    assertThat(found).hasSize(10);
    assertThat(progress.files()).isLessThan(20_000);
    assertThat(
            FileSearch.run(
                root(PathFilter.NONE, "/"), SearchQuery.everything(0), 2, progress, () -> false))
        .isEmpty();
  }

  @Test
  @Proves("DS-03")
  void canBeCancelledAtAnyMoment() throws IOException {
    for (int i = 0; i < 500; i++) {
      write("many/" + i, "hay");
    }
    for (int after : new int[] {0, 1, 40, 300}) {
      AtomicInteger asked = new AtomicInteger();
      assertThatThrownBy(() ->
              FileSearch.run(
                  root(PathFilter.NONE, "/"),
                  all().withContent(text("needle")),
                  4,
                  new Progress(),
                  () -> asked.incrementAndGet() > after))
          .isInstanceOf(WalkCancelledException.class);
    }
  }

  @Test
  @Proves("FS-06")
  void hiddenFilesAreNotFoundUnderAnyName() throws IOException {
    write("secret/a.txt", "needle");
    write("open/b.key", "needle");
    write("open/c.txt", "needle");
    Files.createSymbolicLink(host.resolve("alias"), Path.of("secret"));
    Files.createSymbolicLink(host.resolve("open/up"), Path.of("../secret"));
    PathFilter filter =
        (path, _) ->
            path.endsWith(".key") || path.equals("secret/a.txt") || path.equals("alias2")
                ? PathFilter.Verdict.SKIP
                : PathFilter.Verdict.KEEP;

    for (SearchQuery query : List.of(all(), all().withContent(text("needle")))) {
      assertThat(paths(root(filter, "/"), query)).containsExactly("open/c.txt");
      assertThat(paths(root(filter, "/alias"), query)).isEmpty();
      assertThat(paths(root(filter, "/open/up"), query)).isEmpty();
    }
  }

  @Test
  void linesAroundAMatchAreShown() throws IOException {
    write("f", "one\ntwo\nthree needle x\nfour\nfive\n");

    assertThat(matches("f", context("needle", 1, 1, 10)).blocks())
        .containsExactly(new Block(2, 4, "two\nthree needle x\nfour", List.of(new Span(10, 16))));
    assertThat(matches("f", context("needle", 0, 0, 10)).blocks())
        .containsExactly(new Block(3, 3, "three needle x", List.of(new Span(6, 12))));
    assertThat(matches("f", context("needle", 9, 9, 10)))
        .isEqualTo(
            new Matches(
                false,
                List.of(
                    new Block(
                        1, 5, "one\ntwo\nthree needle x\nfour\nfive", List.of(new Span(14, 20))))));
  }

  private Matches matches(String file, SearchQuery.Content content) throws IOException {
    FoundFile found = found(root(PathFilter.NONE, "/"), all().withContent(content)).getFirst();
    assertThat(found.path()).isEqualTo(file);
    return found.matches().orElseThrow();
  }

  @Test
  void blocksThatOverlapOrTouchAreOne() throws IOException {
    write("f", "x1\na\nx2\nb\nc\nd\nx3\n");

    assertThat(matches("f", context("x", 0, 1, 10)).blocks())
        .containsExactly(
            new Block(1, 4, "x1\na\nx2\nb", List.of(new Span(0, 1), new Span(5, 6))),
            new Block(7, 7, "x3", List.of(new Span(0, 1))));
  }

  @Test
  void limitsOfTheContextAreKept() throws IOException {
    write("f", "x\n".repeat(50));

    Matches some = matches("f", context("x", 0, 0, 3));
    assertThat(some.truncated()).isTrue();
    assertThat(some.blocks()).hasSize(1);
    assertThat(some.blocks().getFirst().spans()).hasSize(3);
    SearchQuery.Content tight =
        new SearchQuery.Content(
            "x".getBytes(UTF_8),
            false,
            1000,
            false,
            128,
            Optional.of(new SearchQuery.Context(0, 0, 100, 5)));
    Matches dropped = matches("f", tight);
    assertThat(dropped.truncated()).isTrue();
    assertThat(dropped.blocks()).isEmpty();
  }

  @Test
  void offsetsCountTheBytesThatAreShown() throws IOException {
    Files.write(
        host.resolve("f"),
        ("x".repeat(200) + "\né").getBytes(UTF_8),
        java.nio.file.StandardOpenOption.CREATE);
    Files.write(
        host.resolve("f"),
        new byte[] {(byte) 0xFF, ' ', 'n', 'e', 'e', 'd', 'l', 'e'},
        java.nio.file.StandardOpenOption.APPEND);

    Block block = matches("f", context("needle", 0, 0, 9)).blocks().getFirst();

    assertThat(block.content()).isEqualTo("é\uFFFD needle");
    assertThat(block.spans()).containsExactly(new Span(6, 12));
  }

  /// Files larger than any buffer, with matches at every distance from the borders of buffers.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void largeFilesGiveWhatASimpleSearchGives(boolean longLines) throws IOException {
    Random random = new Random(SEED);
    for (int round = 0; round < 4; round++) {
      StringBuilder content = new StringBuilder("head\n");
      while (content.length() < 2_600_000) {
        int line = longLines ? random.nextInt(120_000) : random.nextInt(90);
        content.append("y".repeat(line / 2));
        if (random.nextInt(longLines ? 2 : 800) == 0) {
          content.append("needle").append(content.length());
        }
        content.append("z".repeat(line / 2)).append('\n');
      }
      write("f", content.toString());
      List<String> expected = new ArrayList<>();
      long line = 0;
      for (String text : content.toString().split("\n")) {
        line++;
        if (text.contains("needle")) {
          expected.add(line + " " + text);
        }
      }

      List<String> shown = new ArrayList<>();
      for (Block block : matches("f", context("needle", 0, 0, 1 << 20)).blocks()) {
        String[] lines = block.content().split("\n");
        for (Span span : block.spans()) {
          assertThat(block.content().substring((int) span.start(), (int) span.end()))
              .isEqualTo("needle");
        }
        for (int i = 0; i < lines.length; i++) {
          shown.add(block.startLine() + i + " " + lines[i]);
        }
        assertThat(block.endLine()).isEqualTo(block.startLine() + lines.length - 1);
      }
      assertThat(shown.size()).isEqualTo(expected.size());
      assertThat(shown.equals(expected)).as("same lines").isTrue();
      assertThat(paths("/", all().withContent(text("needle" + lastNumber(expected)))))
          .containsExactly("f");
    }
  }

  private static String lastNumber(List<String> lines) {
    return lines.getLast().replaceAll(".*needle(\\d+).*", "$1");
  }

  @Test
  void memoryDoesNotGrowWithTheFile() throws IOException {
    try (OutputStream out = Files.newOutputStream(host.resolve("f"))) {
      byte[] piece = "no line ends here ".repeat(60_000).getBytes(UTF_8);
      for (int i = 0; i < 64; i++) {
        out.write(piece);
      }
      out.write("needle".getBytes(UTF_8));
    }

    Matches matches = matches("f", context("needle", 5, 5, 5));

    assertThat(matches.truncated()).isTrue();
    assertThat(matches.blocks().getFirst().content()).hasSize(ContentScanner.MARGIN + 6);
    assertThat(matches.blocks().getFirst().startLine()).isEqualTo(1);
  }
}
