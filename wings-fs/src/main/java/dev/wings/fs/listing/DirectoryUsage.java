package dev.wings.fs.listing;

import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.quota.UsageTree.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// Answers about the sizes of directories out of the tree that the last scan left, without touching
/// the disk (`http-api.md` 8.21, 8.22).
public final class DirectoryUsage {
  private static final int LEAST_RANKED = 10;
  private static final int MOST_RANKED = 50;
  private static final int RANKED_PERCENT = 90;
  private static final int MOST_CHILDREN = 64;
  private static final int SMALLEST_PERCENT = 1;

  private final PathFilter filter;

  /// @param filter what the acting user sees, on paths from the volume's root on
  public DirectoryUsage(PathFilter filter) {
    this.filter = filter;
  }

  private record Ranked(String path, long own) {}

  /// The directories below `start` that hold most bytes themselves, the largest first: as many as
  /// hold nine tenths of all, but at least ten and at most fifty. Empty ones are left out.
  ///
  /// @param path of `start` from the volume's root on
  /// @return paths relative to `start`
  public List<String> largest(Node start, String path) {
    Ranking ranking = new Ranking();
    ranking.below(start, prefix(path), "");
    return ranking.result();
  }

  private static String prefix(String path) {
    return path.isEmpty() ? "" : path + "/";
  }

  private final class Ranking {
    private final PriorityQueue<Ranked> best =
        new PriorityQueue<>(Comparator.comparingLong(Ranked::own));
    private long sum;

    /// @param prefix of the directory's entries from the root on, and from the start on
    void below(Node directory, String prefix, String shown) {
      for (Node child : directory.children()) {
        String name = child.name();
        Verdict verdict = filter.judge(prefix + name, true);
        if (verdict == Verdict.SKIP) {
          continue;
        }
        long own = child.own().logical();
        if (verdict == Verdict.KEEP && own > 0) {
          sum += own;
          best.add(new Ranked(shown + name, own));
          if (best.size() > MOST_RANKED) {
            best.remove();
          }
        }
        below(child, prefix + name + "/", shown + name + "/");
      }
    }

    List<String> result() {
      List<Ranked> ranked = new ArrayList<>(best);
      ranked.sort(Comparator.comparingLong(Ranked::own).reversed());
      List<String> result = new ArrayList<>();
      long covered = 0;
      for (Ranked directory : ranked) {
        boolean enough = covered >= sum / 100.0 * RANKED_PERCENT;
        if (enough && result.size() >= LEAST_RANKED) {
          break;
        }
        covered += directory.own();
        result.add(directory.path());
      }
      return result;
    }
  }

  /// What a directory's bytes consist of.
  ///
  /// @param size of the whole subtree in bytes
  /// @param sizePhysical the same as allocated
  /// @param filesSize files directly inside
  /// @param inaccessibleSize what the acting user cannot see
  /// @param otherSize subdirectories that are not worth an own element
  /// @param otherCount how many those are
  /// @param truncated whether there is more below than is shown
  public record Parts(
      String name,
      long size,
      long sizePhysical,
      long filesSize,
      long inaccessibleSize,
      long otherSize,
      long otherCount,
      boolean truncated,
      List<Parts> children) {
    /// Of a directory that is not known.
    public static Parts unknown(String name) {
      return new Parts(name, 0, 0, 0, 0, 0, 0, false, List.of());
    }
  }

  /// The parts of a directory, the largest first, so many levels down.
  ///
  /// @param path of `start` from the volume's root on
  /// @param name how the result is called
  public Parts parts(Node start, String path, String name, int depth) {
    boolean passage = !path.isEmpty() && filter.judge(path, true) != Verdict.KEEP;
    return parts(start, prefix(path), name, depth, passage);
  }

  private Parts parts(Node directory, String prefix, String name, int depth, boolean passage) {
    var total = directory.total();
    long own = directory.own().logical();
    if (depth == 0) {
      return new Parts(
          name,
          total.logical(),
          total.physical(),
          passage ? 0 : own,
          passage ? own : 0,
          0,
          0,
          total.logical() > own,
          List.of());
    }
    long inaccessible = passage ? own : 0;
    List<Seen> seen = new ArrayList<>();
    for (Node child : directory.children()) {
      String childName = child.name();
      Verdict verdict = filter.judge(prefix + childName, true);
      if (verdict == Verdict.SKIP) {
        inaccessible += child.total().logical();
      } else {
        seen.add(new Seen(child, childName, child.total().logical(), verdict != Verdict.KEEP));
      }
    }
    seen.sort(Comparator.comparingLong(Seen::size).reversed());
    long other = 0;
    long others = 0;
    List<Parts> children = new ArrayList<>();
    for (Seen child : seen) {
      boolean small =
          child.size() == 0 || child.size() < total.logical() / 100.0 * SMALLEST_PERCENT;
      if (small || children.size() == MOST_CHILDREN) {
        other += child.size();
        others++;
      } else {
        children.add(
            parts(
                child.node(),
                prefix + child.name() + "/",
                child.name(),
                depth - 1,
                child.passage()));
      }
    }
    return new Parts(
        name,
        total.logical(),
        total.physical(),
        passage ? 0 : own,
        inaccessible,
        other,
        others,
        false,
        List.copyOf(children));
  }

  private record Seen(Node node, String name, long size, boolean passage) {}
}
