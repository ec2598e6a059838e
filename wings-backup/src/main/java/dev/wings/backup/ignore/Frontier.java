package dev.wings.backup.ignore;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.ignore.PathFilter.Verdict;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The entries of a tree that a filter excludes, for programs that cannot bring back what is inside
/// of an excluded directory (`backups.md` 7.5). An excluded directory in which nothing is kept is
/// one entry. The tree is as it was when it was walked: what appears later is not on the list.
public final class Frontier {
  private static final int MANY = 20_000;
  private static final Logger log = LoggerFactory.getLogger(Frontier.class);

  private final PathFilter filter;
  private final Progress progress;

  private Frontier(PathFilter filter, Progress progress) {
    this.filter = filter;
    this.progress = progress;
  }

  /// @param root of the tree
  /// @return paths relative to it with a slash in front, escaped for glob syntax
  public static List<String> of(Path root, PathFilter filter, Progress progress)
      throws IOException {
    List<String> paths = new ArrayList<>();
    new Frontier(requireNonNull(filter, "filter"), progress).walk(root, "", paths);
    if (paths.size() > MANY) {
      log.atWarn()
          .addKeyValue("entries", paths.size())
          .log("a backup leaves out so many single entries that it may become slow");
    }
    return paths;
  }

  /// @return whether anything below is kept
  private boolean walk(Path directory, String prefix, List<String> paths) throws IOException {
    boolean kept = false;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        progress.check();
        String path = prefix + requireNonNull(entry.getFileName());
        boolean isDirectory = Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
        Verdict verdict = filter.judge(path, isDirectory);
        if (verdict == Verdict.SKIP || (verdict == Verdict.DESCEND && !isDirectory)) {
          paths.add(escape(path));
        } else if (!isDirectory) {
          kept = true;
        } else {
          int before = paths.size();
          boolean below = walk(entry, path + "/", paths);
          kept |= below || verdict == Verdict.KEEP;
          if (!below && verdict == Verdict.DESCEND) {
            paths.subList(before, paths.size()).clear();
            paths.add(escape(path));
          }
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (NoSuchFileException | NotDirectoryException changed) {
      return false; // gone meanwhile, and with it what is below
    }
    return kept;
  }

  private static String escape(String path) {
    StringBuilder escaped = new StringBuilder("/");
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if ("*?[]\\".indexOf(c) >= 0) {
        escaped.append('\\');
      }
      escaped.append(c);
    }
    return escaped.toString();
  }
}
