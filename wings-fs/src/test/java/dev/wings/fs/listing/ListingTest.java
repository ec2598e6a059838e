package dev.wings.fs.listing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.Proves;
import dev.wings.fs.OpenDescriptors;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.linux.EntryType;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.WalkCancelledException;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ListingTest {
  @TempDir private Path host;
  private final DirectoryEntries entries = new DirectoryEntries();
  private Sandbox sandbox;

  @BeforeEach
  void open() throws IOException {
    sandbox = Sandbox.open(host);
  }

  @AfterEach
  void close() throws IOException {
    sandbox.close();
    assertThat(OpenDescriptors.below(host)).isEmpty();
  }

  private Location at(String path, PathFilter filter, DirectorySizes sizes) {
    FileView view = new FileView(sandbox.getPath("/"), true, true, true, filter, sizes);
    return new Location(view, view.root()).resolve(path);
  }

  private Location at(String path) {
    return at(path, PathFilter.NONE, DirectorySizes.NONE);
  }

  private Listing list(Location directory, ListingSort sort, long offset, long limit)
      throws IOException {
    return entries.list(directory, sort, offset, limit, Map.of(), () -> false);
  }

  private static List<DirectoryEntry> all(Listing listing) throws IOException {
    List<DirectoryEntry> result = new ArrayList<>();
    for (List<DirectoryEntry> batch = listing.next(); !batch.isEmpty(); batch = listing.next()) {
      result.addAll(batch);
    }
    return result;
  }

  private static List<String> names(Listing listing) throws IOException {
    return all(listing).stream().map(DirectoryEntry::name).toList();
  }

  @Test
  void directoriesComeFirstThenNamesWithoutTheirCase() throws IOException {
    for (String file : List.of("b", "A", "a", "Z", "_", "é", "c10", "c9")) {
      Files.createFile(host.resolve(file));
    }
    Files.createDirectory(host.resolve("zoo"));
    Files.createDirectory(host.resolve("Bar"));
    Files.createSymbolicLink(host.resolve("link"), Path.of("zoo"));

    assertThat(names(list(at("/"), ListingSort.NAME_ASC, 0, 100)))
        .containsExactly("Bar", "zoo", "_", "A", "a", "b", "c10", "c9", "link", "Z", "é");
    assertThat(names(list(at("/"), ListingSort.NAME_DESC, 0, 100)))
        .containsExactly("zoo", "Bar", "é", "Z", "link", "c9", "c10", "b", "a", "A", "_");
    assertThat(names(list(at("/"), ListingSort.NAME_EXACT, 0, 100)))
        .containsExactly("Bar", "zoo", "A", "Z", "_", "a", "b", "c10", "c9", "link", "é");
  }

  @Test
  void sizesAndTimesOrderEntriesAndDirectoriesHaveTheSizesOfTheirTrees() throws IOException {
    Files.writeString(host.resolve("small"), "x");
    Files.writeString(host.resolve("large"), "x".repeat(10_000));
    Files.writeString(host.resolve("middle"), "x".repeat(5000));
    Files.createDirectory(host.resolve("d1"));
    Files.createDirectory(host.resolve("d2"));
    Files.setLastModifiedTime(host.resolve("small"), FileTime.from(Instant.EPOCH));
    Files.setLastModifiedTime(host.resolve("large"), FileTime.from(Instant.ofEpochSecond(7, 5)));
    Files.setLastModifiedTime(host.resolve("middle"), FileTime.from(Instant.ofEpochSecond(7, 4)));
    DirectorySizes sizes =
        directory -> new DirectorySizes.Size(directory.endsWith("d1") ? 70 : 60, 4096);
    Location root = at("/", PathFilter.NONE, sizes);

    assertThat(names(list(root, ListingSort.SIZE_ASC, 0, 100)))
        .containsExactly("d2", "d1", "small", "middle", "large");
    assertThat(names(list(root, ListingSort.SIZE_DESC, 0, 100)))
        .containsExactly("d1", "d2", "large", "middle", "small");
    assertThat(names(list(root, ListingSort.MODIFIED_ASC, 0, 100)).subList(2, 5))
        .containsExactly("small", "middle", "large");
    assertThat(names(list(root, ListingSort.MODIFIED_DESC, 0, 100)).subList(2, 5))
        .containsExactly("large", "middle", "small");
    assertThat(all(list(root, ListingSort.SIZE_DESC, 0, 1)).getFirst().size()).isEqualTo(70);
  }

  @Test
  void equalEntriesKeepTheOrderOfTheDirectory() throws IOException {
    for (int i = 0; i < 50; i++) {
      Files.createFile(host.resolve("f" + i));
    }
    List<String> scanned = new ArrayList<>();
    try (DirectorySource source = DirectorySource.open(sandbox.getPath("/"))) {
      for (var entry = source.next(); entry != null; entry = source.next()) {
        scanned.add(new String(entry.name(), StandardCharsets.UTF_8));
      }
    }

    assertThat(names(list(at("/"), ListingSort.SIZE_ASC, 0, 100))).isEqualTo(scanned);
    assertThat(names(list(at("/"), ListingSort.SIZE_DESC, 0, 100))).isEqualTo(scanned);
  }

  @Test
  void pagesFitTogetherAndStopAtTheEnd() throws IOException {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      String name = "f%02d".formatted(i);
      Files.createFile(host.resolve(name));
      expected.add(name);
    }

    List<String> pages = new ArrayList<>();
    for (int page = 0; page < 4; page++) {
      Listing listing = list(at("/"), ListingSort.NAME_ASC, page * 10L, 10);
      assertThat(listing.total()).isEqualTo(25);
      pages.addAll(names(listing));
    }
    assertThat(pages).isEqualTo(expected);
    assertThat(names(list(at("/"), ListingSort.NAME_ASC, Long.MAX_VALUE, Long.MAX_VALUE)))
        .isEmpty();
    assertThat(names(list(at("/"), ListingSort.NAME_ASC, 24, Long.MAX_VALUE)))
        .containsExactly("f24");
    assertThat(list(at("/"), ListingSort.NAME_ASC, 0, 0).total()).isEqualTo(25);
  }

  @ParameterizedTest
  @EnumSource(
      value = ListingSort.class,
      names = {"NAME_ASC", "NAME_DESC", "MODIFIED_ASC"})
  void aPageLargerThanWhatMayBeKeptIsCompleteAndInOrder(ListingSort sort) throws IOException {
    int count = 2 * Listing.MAX_SELECTED + 100;
    for (int i = 0; i < count; i++) {
      Files.createFile(host.resolve("f%06d".formatted(i)));
    }

    Listing listing = list(at("/"), sort, 0, Long.MAX_VALUE);
    assertThat(listing.large()).isTrue();
    assertThat(listing.size()).isEqualTo(count);
    List<String> names = names(listing);
    assertThat(names).hasSize(count).doesNotHaveDuplicates();
    if (sort == ListingSort.NAME_ASC) {
      assertThat(names).isSorted();
    } else if (sort == ListingSort.NAME_DESC) {
      assertThat(names).isSortedAccordingTo(Comparator.reverseOrder());
    }
    assertThat(names(list(at("/"), sort, count - 3L, 10)))
        .isEqualTo(names.subList(count - 3, count));
    assertThat(names(list(at("/"), sort, Listing.MAX_SELECTED - 2L, 4)))
        .isEqualTo(names.subList(Listing.MAX_SELECTED - 2, Listing.MAX_SELECTED + 2));
  }

  @Test
  void selectionAgreesWithSortingEverything() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);
    for (int round = 0; round < 200; round++) {
      List<SortKey> keys = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        byte[] name = ("n" + random.nextInt(40)).getBytes(StandardCharsets.UTF_8);
        EntryType type = random.nextBoolean() ? EntryType.DIRECTORY : EntryType.REGULAR;
        keys.add(new SortKey(name, type, i, random.nextInt(5), 0));
      }
      Comparator<SortKey> order =
          List.of(ListingSort.values()).get(random.nextInt(ListingSort.values().length)).order();
      int capacity = random.nextInt(600);
      List<SortKey> expected = keys.stream().sorted(order).limit(capacity).toList();

      Selection selection = new Selection(order, capacity, null);
      keys.forEach(selection::offer);

      assertThat(selection.result()).isEqualTo(expected);
      assertThat(selection.truncated()).isEqualTo(capacity < keys.size());
    }
  }

  @Test
  void hiddenEntriesAreNeitherShownNorCounted() throws IOException {
    Files.createDirectories(host.resolve("d/secret"));
    Files.createFile(host.resolve("d/a.key"));
    Files.createFile(host.resolve("d/a.txt"));
    Files.createFile(host.resolve("d/new.key.upload-part"));
    Files.createSymbolicLink(host.resolve("d/innocent"), Path.of("a.key"));
    Files.createSymbolicLink(host.resolve("d/fine"), Path.of("a.txt"));
    PathFilter filter = IgnoreList.compile(List.of("*.key", "/d/secret")).orElseThrow();

    Listing listing = list(at("d", filter, DirectorySizes.NONE), ListingSort.NAME_ASC, 0, 100);

    assertThat(listing.total()).isEqualTo(2);
    assertThat(names(listing)).containsExactly("a.txt", "fine");
  }

  @Test
  void aHiddenDirectoryIsShownWhereItLeadsToVisibleEntries() throws IOException {
    Files.createDirectories(host.resolve("plugins/allowed"));
    Files.createDirectories(host.resolve("plugins/other"));
    PathFilter filter = IgnoreList.compile(List.of("/plugins", "!/plugins/allowed")).orElseThrow();

    assertThat(names(list(at("/", filter, DirectorySizes.NONE), ListingSort.NAME_ASC, 0, 9)))
        .containsExactly("plugins");
    Location plugins = at("plugins", filter, DirectorySizes.NONE);
    assertThat(plugins.hiddenFromReading()).isFalse();
    assertThat(plugins.hidden()).isTrue();
    assertThat(names(list(plugins, ListingSort.NAME_ASC, 0, 9))).containsExactly("allowed");
  }

  @Test
  void aDirectoryReachedThroughALinkIsJudgedByItsRealPlaceToo() throws IOException {
    Files.createDirectories(host.resolve("real"));
    Files.createFile(host.resolve("real/secret"));
    Files.createFile(host.resolve("real/open"));
    Files.createSymbolicLink(host.resolve("alias"), Path.of("real"));
    PathFilter filter = IgnoreList.compile(List.of("/real/secret")).orElseThrow();

    assertThat(names(list(at("alias", filter, DirectorySizes.NONE), ListingSort.NAME_ASC, 0, 9)))
        .containsExactly("open");
    assertThat(at("alias/secret", filter, DirectorySizes.NONE).hidden()).isTrue();
  }

  /// Creating through a dangling link would make what it names.
  @Test
  @Proves("FS-06")
  void aLinkToNothingIsJudgedByWhatItWouldCreate() throws IOException {
    Files.createDirectories(host.resolve("private/deep"));
    Files.createDirectories(host.resolve("d"));
    Files.createSymbolicLink(host.resolve("d/into"), Path.of("../private"));
    Files.createSymbolicLink(host.resolve("d/dangling"), Path.of("../private/none"));
    Files.createSymbolicLink(host.resolve("d/far"), Path.of("into/deep/../none"));
    Files.createSymbolicLink(host.resolve("d/chain"), Path.of("dangling"));
    Files.createSymbolicLink(host.resolve("d/loop"), Path.of("loop"));
    PathFilter filter = IgnoreList.compile(List.of("/private")).orElseThrow();

    for (String path :
        List.of(
            "d/into",
            "d/into/none",
            "d/into/none/deeper/still",
            "d/dangling",
            "d/far",
            "d/chain",
            "d/chain/below")) {
      assertThat(at(path, filter, DirectorySizes.NONE).hidden()).as(path).isTrue();
    }
    assertThat(at("d/none", filter, DirectorySizes.NONE).hidden()).isFalse();
    assertThatThrownBy(() -> at("d/loop/x", filter, DirectorySizes.NONE).hidden())
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  @Proves("FS-07")
  void namesThatAreNotUtf8StayDistinctAndLeadBackToTheirFiles() throws Exception {
    Set<String> texts = new HashSet<>();
    try (var directory = Linux.open(host.toString(), Linux.O_PATH)) {
      for (int b = 1; b < 256; b++) {
        if (b != '/') {
          byte[] name = {'n', (byte) b};
          Linux.openat(directory, name, Linux.O_CREAT | Linux.O_WRONLY, 0600).close();
        }
      }
    }

    List<DirectoryEntry> found = all(list(at("/"), ListingSort.NAME_ASC, 0, 1000));

    assertThat(found).hasSize(254);
    for (DirectoryEntry entry : found) {
      assertThat(texts.add(entry.name())).as(entry.name()).isTrue();
      String wire = entry.toJson().path("name").asText();
      assertThat(entries.of(at(wire)).name()).isEqualTo(entry.name());
    }
  }

  @Test
  void whatVanishesIsLeftOut() throws IOException {
    Files.createFile(host.resolve("a"));
    Files.createFile(host.resolve("b"));
    Listing listing = list(at("/"), ListingSort.NAME_ASC, 0, 100);
    Files.delete(host.resolve("a"));

    assertThat(listing.total()).isEqualTo(2);
    assertThat(names(listing)).containsExactly("b");
  }

  @Test
  void whatIsNoDirectoryAndWhatIsMissingAreToldApart() throws IOException {
    Files.createFile(host.resolve("file"));

    assertThatThrownBy(() -> list(at("file"), ListingSort.NAME_ASC, 0, 1))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> list(at("none"), ListingSort.NAME_ASC, 0, 1))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  @Proves("DS-03")
  void aListingEndsWhenNobodyWaitsForIt() throws IOException {
    for (int i = 0; i < 1000; i++) {
      Files.createFile(host.resolve("f" + i));
    }
    AtomicInteger asked = new AtomicInteger();

    assertThatThrownBy(() ->
            entries.list(
                at("/"), ListingSort.NAME_ASC, 0, 10, Map.of(), () -> asked.incrementAndGet() == 2))
        .isInstanceOf(WalkCancelledException.class);
    assertThat(asked).hasValue(2);
  }

  @Test
  void timesThatNoCalendarHasAreCut() throws Exception {
    Files.createFile(host.resolve("far"));
    assertThat(
            new ProcessBuilder(
                    "touch", "-d", "@9000000000000000000", host.resolve("far").toString())
                .start()
                .waitFor())
        .isZero();

    DirectoryEntry entry = all(list(at("/"), ListingSort.MODIFIED_DESC, 0, 10)).getFirst();

    assertThat(entry.modifiedText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
  }

  @Test
  void everythingIsDescribedAsTheProtocolWantsIt() throws IOException {
    Files.writeString(host.resolve("a.txt"), "hello");
    Files.createSymbolicLink(host.resolve("link"), Path.of("a.txt"));
    Files.createSymbolicLink(host.resolve("broken"), Path.of("/etc/passwd"));
    Files.createDirectory(host.resolve("dir"));
    Files.createSymbolicLink(host.resolve("dirlink"), Path.of("dir"));
    assertThat(mkfifo(host.resolve("fifo"))).isZero();

    DirectoryEntry file = entries.of(at("a.txt"));
    assertThat(file.toJson().toString())
        .contains("\"name\":\"a.txt\"", "\"size\":5", "\"editable\":true", "\"symlink\":false")
        .contains("\"mime\":\"text/plain\"", "\"file\":true", "\"directory\":false");
    DirectoryEntry link = entries.of(at("link"));
    assertThat(link.mode()).startsWith("l");
    assertThat(link.size()).isEqualTo(5);
    assertThat(link.file()).isTrue();
    assertThat(link.content().mime()).isEqualTo("text/plain");
    DirectoryEntry broken = entries.of(at("broken"));
    assertThat(broken.content().mime()).isEqualTo("inode/symlink");
    assertThat(broken.file() || broken.directory()).isFalse();
    assertThat(broken.symlink()).isTrue();
    assertThat(entries.of(at("dirlink")).directory()).isTrue();
    DirectoryEntry fifo = entries.of(at("fifo"));
    assertThat(fifo.mode()).startsWith("p").hasSize(10);
    assertThat(fifo.content().mime()).isEqualTo("application/octet-stream");
    try (Stream<DirectoryEntry> listed =
        all(list(at("/"), ListingSort.NAME_ASC, 0, 100)).stream()) {
      assertThat(listed).contains(file, link, broken, fifo);
    }
  }

  private static int mkfifo(Path path) throws IOException {
    try {
      return new ProcessBuilder("mkfifo", path.toString()).start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Test
  void aChangedFileIsLookedAtAgain() throws IOException {
    Path file = host.resolve("x");
    Files.write(file, new byte[] {(byte) 0xFF, 0, 1, 2});
    assertThat(entries.of(at("x")).content().editable()).isFalse();
    assertThat(entries.of(at("x")).content().editable()).isFalse();

    Files.writeString(file, "text");

    assertThat(entries.of(at("x")).content().editable()).isTrue();
  }
}
