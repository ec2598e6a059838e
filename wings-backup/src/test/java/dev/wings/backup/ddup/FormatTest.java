package dev.wings.backup.ddup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.SystemConfig.DdupBakCompression;
import dev.wings.core.operation.Progress;
import dev.wings.fs.linux.LibBrotli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What other programs write is read, and what is written here is read by others. The others are
/// [HandMade].
class FormatTest {
  private static final String OLD = DdupWorld.id(77).toString();

  @TempDir Path directory;
  private DdupWorld world;
  private HandMade other;

  @BeforeEach
  void prepare() throws IOException {
    world = new DdupWorld(directory);
    other = new HandMade(world.root());
  }

  private void writeOld() throws IOException {
    byte[] first = "the first chunk".repeat(100).getBytes(UTF_8);
    byte[] second = "the second chunk".getBytes(UTF_8);
    byte[] text = HandMade.BROTLI_TEXT.getBytes(UTF_8);
    other.chunk(9, HandMade.DEFLATE, first);
    other.chunk(4, HandMade.NONE, second);
    other.chunk(300, HandMade.GZIP, "third".getBytes(UTF_8));
    other.chunk(2, HandMade.BROTLI, text);
    byte[] plain = other.file("plain", 0644, 1_000_000_000, HandMade.NONE, first.length, 9);
    byte[] deflated =
        other.file(
            "run.sh", 0750, 5, HandMade.DEFLATE, first.length + second.length + 5L, 9, 4, 300);
    byte[] gzipped = other.file("gzipped", 0600, 6, HandMade.GZIP, 5, 300);
    byte[] brotli =
        other.file("brotli", 0644, 7, HandMade.BROTLI, first.length + second.length, 9, 4);
    byte[] byChunk = other.file("text", 0644, 8, HandMade.NONE, text.length, 2);
    byte[] empty = other.file("empty", 0644, 9, HandMade.DEFLATE, 0);
    other.archive(
        OLD,
        plain,
        HandMade.directory(
            "d\u00efr",
            0755,
            10,
            deflated,
            HandMade.directory("inner", 0700, 11, gzipped, empty),
            HandMade.link("link", 12, "../plain")),
        brotli,
        byChunk,
        HandMade.directory("nothing", 0755, 13));
    other.index(301, 1, 3, 5, 6, 7, 8);
  }

  private void assertOld(Path restored) throws IOException {
    String first = "the first chunk".repeat(100);
    assertThat(restored.resolve("plain")).hasContent(first);
    assertThat(restored.resolve("d\u00efr/run.sh")).hasContent(first + "the second chunkthird");
    assertThat(restored.resolve("d\u00efr/inner/gzipped")).hasContent("third");
    assertThat(restored.resolve("d\u00efr/inner/empty")).isEmptyFile();
    assertThat(restored.resolve("brotli")).hasContent(first + "the second chunk");
    assertThat(restored.resolve("text")).hasContent(HandMade.BROTLI_TEXT);
    assertThat(Files.readSymbolicLink(restored.resolve("d\u00efr/link"))).hasToString("../plain");
    assertThat(restored.resolve("nothing")).isEmptyDirectory();
    Map<String, String> all = Trees.describe(restored);
    assertThat(all.get("d\u00efr/run.sh")).startsWith("file rwxr-x---").endsWith(" 5");
    assertThat(all.get("d\u00efr")).isEqualTo("directory rwxr-xr-x 10");
    assertThat(all.get("d\u00efr/inner")).isEqualTo("directory rwx------ 11");
    assertThat(all).hasSize(10);
  }

  @Test
  void anArchiveOfAnotherProgramIsRestored() throws IOException {
    writeOld();

    assertOld(world.restore(DdupWorld.id(77), directory.resolve("restored")));

    assertThat(world.troubles()).isEmpty();
    assertThat(world.find(DdupWorld.id(77)).verify(Optional.empty(), new Progress()).sound())
        .isTrue();
  }

  @Test
  void deletingBesideAnArchiveOfAnotherProgramKeepsItsChunks() throws IOException {
    writeOld();
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Trees.write(tree, "same", "the second chunk");
    Trees.write(tree, "new", "only here");
    world.create(DdupWorld.id(1), tree);
    assertThat(HandMade.index(world.root()).chunks()).hasSize(5);

    world.delete(DdupWorld.id(1));

    HandMade.Index index = HandMade.index(world.root());
    assertThat(index.chunks()).hasSize(4);
    assertThat(index.chunks().get(HandMade.blake2b("the second chunk".getBytes(UTF_8))))
        .isEqualTo(new HandMade.Counted(4, 2));
    assertOld(world.restore(DdupWorld.id(77), directory.resolve("restored")));
    world.delete(DdupWorld.id(77));
    assertThat(HandMade.index(world.root()).chunks()).isEmpty();
    assertThat(world.chunkFiles()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = DdupBakCompression.class,
      names = {"NONE", "DEFLATE", "GZIP", "BROTLI"})
  void anotherProgramReadsWhatIsWritten(DdupBakCompression compression) throws IOException {
    Assumptions.assumeTrue(
        compression != DdupBakCompression.BROTLI || LibBrotli.available(),
        "libbrotlienc is not installed");
    world.compress(compression);
    Path tree = Files.createDirectory(directory.resolve("tree"));
    byte[] large = new byte[9 << 20];
    System.arraycopy(Trees.noise(1, 5 << 20), 0, large, 1 << 20, 5 << 20);
    Trees.write(tree, "a/large", large);
    Trees.write(tree, "a/b/small", "small ".repeat(1000));
    Trees.write(tree, "empty", "");
    Files.createSymbolicLink(tree.resolve("a/link"), Path.of("b/small"));
    Files.setPosixFilePermissions(
        tree.resolve("a/b/small"), PosixFilePermissions.fromString("rwxr-x--x"));
    Map<String, String> expected = new TreeMap<>();
    for (String name : new String[] {"a/b/small", "a/b", "a/large", "a/link", "a", "empty"}) {
      Files.getFileAttributeView(
              tree.resolve(name),
              BasicFileAttributeView.class,
              java.nio.file.LinkOption.NOFOLLOW_LINKS)
          .setTimes(FileTime.fromMillis(name.length() * 1000L), null, null);
    }
    expected.put("a", "directory 755 1");
    expected.put("a/b", "directory 755 3");
    expected.put(
        "a/b/small", "file 751 9 " + HandMade.blake2b("small ".repeat(1000).getBytes(UTF_8)));
    expected.put("a/large", "file 644 7 " + HandMade.blake2b(large));
    expected.put("a/link", "link 6 b/small");
    expected.put("empty", "file 644 5 " + HandMade.blake2b(new byte[0]));

    world.create(DdupWorld.id(1), tree);

    if (compression == DdupBakCompression.BROTLI) { // which HandMade cannot read
      assertThat(Trees.describe(world.restore(DdupWorld.id(1), directory.resolve("restored"))))
          .isEqualTo(Trees.describe(tree));
    } else {
      assertThat(HandMade.read(world.root(), DdupWorld.id(1).toString())).isEqualTo(expected);
    }
    HandMade.Index index = HandMade.index(world.root());
    assertThat(index.chunkBytes()).isEqualTo(1 << 20);
    assertThat(index.free()).isEmpty();
    assertThat(index.chunks().values().stream().map(HandMade.Counted::id).sorted().toList())
        .isEqualTo(
            java.util.stream.LongStream.rangeClosed(1, index.chunks().size()).boxed().toList());
    assertThat(index.next()).isEqualTo(index.chunks().size() + 1);
  }

  @Test
  void countsEveryOccurrenceOfAChunk() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Trees.write(tree, "one", "the same");
    Trees.write(tree, "two", "the same");
    world.create(DdupWorld.id(1), tree);
    world.create(DdupWorld.id(2), tree);

    assertThat(HandMade.index(world.root()).chunks().values())
        .containsExactly(new HandMade.Counted(1, 4));
  }

  @Test
  void anIdThatIsFreeIsUsedAgain() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Trees.write(tree, "file", "first");
    world.create(DdupWorld.id(1), tree);
    world.delete(DdupWorld.id(1));
    assertThat(HandMade.index(world.root()).free()).containsExactly(1L);
    Trees.write(tree, "file", "second");

    world.create(DdupWorld.id(2), tree);

    assertThat(HandMade.index(world.root()).chunks())
        .containsExactly(
            Map.entry(HandMade.blake2b("second".getBytes(UTF_8)), new HandMade.Counted(1, 1)));
  }

  @Test
  void theLockIsGivenBack() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    world.create(DdupWorld.id(1), tree);

    assertThat(Files.readAllBytes(world.root().resolve("chunks/index.lock")))
        .isEqualTo(new byte[48]);
  }
}
