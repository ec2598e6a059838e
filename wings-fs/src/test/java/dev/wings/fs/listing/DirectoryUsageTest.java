package dev.wings.fs.listing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.listing.DirectoryUsage.Parts;
import dev.wings.fs.quota.UsageTree.Node;
import dev.wings.fs.quota.UsageTree.Sizes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

class DirectoryUsageTest {
  /// A directory with so many bytes of its own.
  private record Directory(String name, long bytes, List<Node> inside) implements Node {
    Directory(String name, long bytes, Node... inside) {
      this(name, bytes, List.of(inside));
    }

    @Override
    public Sizes total() {
      long total = bytes + inside.stream().mapToLong(node -> node.total().logical()).sum();
      return new Sizes(total, 2 * total);
    }

    @Override
    public Sizes own() {
      return new Sizes(bytes, 2 * bytes);
    }

    @Override
    public Collection<Node> children() {
      return inside;
    }
  }

  private static PathFilter ignoring(String... lines) {
    return IgnoreList.compile(List.of(lines)).orElseThrow();
  }

  private static Node many(int count, long first, long rest) {
    List<Node> children = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      children.add(new Directory("d%03d".formatted(i), i == 0 ? first : rest));
    }
    return new Directory("", 5, children);
  }

  @Test
  void ranksDirectoriesByTheirOwnBytes() {
    Node start =
        new Directory(
            "",
            1_000_000,
            new Directory("a", 10, new Directory("deep", 500)),
            new Directory("empty", 0, new Directory("leaf", 7)),
            new Directory("b", 200));

    assertThat(new DirectoryUsage(PathFilter.NONE).largest(start, "x"))
        .containsExactly("a/deep", "b", "a", "empty/leaf");
  }

  @Test
  void namesAtLeastTenAndAtMostFiftyAndOtherwiseNineTenths() {
    DirectoryUsage usage = new DirectoryUsage(PathFilter.NONE);

    assertThat(usage.largest(many(40, 1_000_000, 1), "")).hasSize(10);
    assertThat(usage.largest(many(200, 1, 1), "")).hasSize(50);
    assertThat(usage.largest(many(40, 10, 10), "")).hasSize(36);
  }

  @Test
  void hiddenDirectoriesAreNotRankedAndThoseOnTheWayToVisibleOnesNeither() {
    Node start =
        new Directory(
            "",
            0,
            new Directory("secret", 100, new Directory("inside", 100)),
            new Directory("way", 100, new Directory("open", 50), new Directory("shut", 70)));

    assertThat(
            new DirectoryUsage(ignoring("/top/secret", "/top/way", "!/top/way/open"))
                .largest(start, "top"))
        .containsExactly("way/open");
  }

  @Test
  void partsShowWhatIsLargeAndSumUpTheRest() {
    Node start =
        new Directory(
            "",
            100,
            new Directory("small", 3),
            new Directory("none", 0),
            new Directory("large", 600, new Directory("in", 100, new Directory("deep", 50))),
            new Directory("hidden", 200));

    Parts parts = new DirectoryUsage(ignoring("hidden")).parts(start, "", "/asked", 2);

    assertThat(parts.name()).isEqualTo("/asked");
    assertThat(parts.size()).isEqualTo(1053);
    assertThat(parts.sizePhysical()).isEqualTo(2106);
    assertThat(parts.filesSize()).isEqualTo(100);
    assertThat(parts.inaccessibleSize()).isEqualTo(200);
    assertThat(parts.otherSize()).isEqualTo(3);
    assertThat(parts.otherCount()).isEqualTo(2);
    assertThat(parts.truncated()).isFalse();
    assertThat(parts.children()).hasSize(1);
    Parts large = parts.children().getFirst();
    assertThat(large.name()).isEqualTo("large");
    assertThat(large.children().getFirst().children()).isEmpty();
    assertThat(large.children().getFirst().truncated()).isTrue();
  }

  @Test
  void aPassageShowsNoFilesOfItsOwn() {
    Node start = new Directory("", 100, new Directory("way", 40, new Directory("open", 60)));

    Parts parts = new DirectoryUsage(ignoring("/way", "!/way/open")).parts(start, "", "", 2);

    Parts way = parts.children().getFirst();
    assertThat(way.filesSize()).isZero();
    assertThat(way.inaccessibleSize()).isEqualTo(40);
    assertThat(way.children().getFirst().filesSize()).isEqualTo(60);
  }

  @Test
  void noMoreThanSixtyFourChildrenAreShown() {
    Parts parts = new DirectoryUsage(PathFilter.NONE).parts(many(70, 10, 10), "", "", 1);

    assertThat(parts.children()).hasSize(64);
    assertThat(parts.otherCount()).isEqualTo(6);
    assertThat(parts.otherSize()).isEqualTo(60);
  }
}
