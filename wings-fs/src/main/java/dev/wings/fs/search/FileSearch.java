package dev.wings.fs.search;

import static java.util.Objects.requireNonNull;

import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.ignore.PathFilter.Verdict;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.tree.WalkCancelledException;
import dev.wings.fs.tree.WorkCrew;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One search below a directory (`filesystem.md` 17). Only regular files are found; links are never
/// followed below the directory, hidden entries and other mounts are left out, what cannot be read
/// is passed over. Results come in no particular order.
public final class FileSearch {
  private final FileView view;
  private final SearchQuery query;
  private final Progress progress;
  private final BooleanSupplier cancelled;
  private final @Nullable PathGlobs include;
  private final @Nullable ByteSearch text;
  private final AtomicLong contextBudget;
  private final List<FoundFile> found = new ArrayList<>(); // guarded by itself
  private final ThreadLocal<ContentScanner> scanners;

  /// Where the search began, as it was asked for and with links resolved, with a slash at the end
  /// unless it is the root.
  private final String asked;

  private final String real;

  private volatile boolean complete;

  private FileSearch(
      Location root, Path real, SearchQuery query, Progress progress, BooleanSupplier cancelled) {
    this.view = root.view();
    this.query = query;
    this.progress = progress;
    this.cancelled = cancelled;
    this.include =
        query.include().map(globs -> PathGlobs.of(globs, query.ignoreCase())).orElse(null);
    this.text =
        query
            .content()
            .filter(content -> content.text().length > 0)
            .map(content -> new ByteSearch(content.text(), content.ignoreCase()))
            .orElse(null);
    this.contextBudget =
        new AtomicLong(
            query
                .content()
                .flatMap(SearchQuery.Content::context)
                .map(SearchQuery.Context::maxBytes)
                .orElse(0L));
    this.scanners = ThreadLocal.withInitial(this::scanner);
    this.asked = prefix(root.view().root(), root.path());
    this.real = prefix(root.view().root(), real);
    this.complete = query.limit() == 0;
  }

  private static String prefix(Path root, Path directory) {
    String relative = root.relativize(directory).toString();
    return relative.isEmpty() ? "" : relative + "/";
  }

  private ContentScanner scanner() {
    return new ContentScanner(query.content().orElseThrow(), text, contextBudget, this::ended);
  }

  /// Searches, on the calling thread and others.
  ///
  /// @param root a directory
  /// @param threads at most so many, the calling one included; 0 is one per core
  /// @param progress counts the files looked at and the bytes read
  /// @param cancelled asked before each entry and each quarter of a MiB
  /// @throws WalkCancelledException when `cancelled` said so before the search was complete
  /// @throws IOException when the directory cannot be read
  public static List<FoundFile> run(
      Location root, SearchQuery query, int threads, Progress progress, BooleanSupplier cancelled)
      throws IOException {
    requireNonNull(query, "query");
    try (WorkCrew crew = new WorkCrew("wings-search", threads)) {
      if (root.path().getFileSystem() instanceof Sandbox sandbox) {
        try (Sandbox.Directory directory = sandbox.openDirectory(root.path())) {
          FileSearch search = new FileSearch(root, directory.real(), query, progress, cancelled);
          return search.finish(
              () -> SandboxSearch.walk(search, directory.descriptor(), crew), crew);
        }
      }
      Path real = root.path().toRealPath();
      FileSearch search = new FileSearch(root, real, query, progress, cancelled);
      return search.finish(() -> PathSearch.walk(search, real), crew);
    }
  }

  @FunctionalInterface
  private interface Walk {
    void run() throws IOException;
  }

  private List<FoundFile> finish(Walk walk, WorkCrew crew) throws IOException {
    try {
      walk.run();
      crew.finish();
    } catch (WalkCancelledException ended) {
      if (!complete) {
        throw ended;
      }
    } finally {
      scanners.remove(); // the calling thread lives on
    }
    if (!complete && cancelled.getAsBoolean()) {
      throw new WalkCancelledException();
    }
    crew.finish();
    synchronized (found) {
      return List.copyOf(found);
    }
  }

  /// Whether there is no reason to go on.
  boolean ended() {
    return complete || cancelled.getAsBoolean();
  }

  /// @param path relative to the directory searched
  boolean descends(String path) {
    return judge(path, /* directory= */ true) != Verdict.SKIP;
  }

  /// Whether name and place of a file are those of a result.
  boolean wants(String path) {
    if (judge(path, /* directory= */ false) != Verdict.KEEP) {
      return false;
    }
    boolean wanted = include == null || include.matches(asked + path);
    boolean byName = query.anyway().isEmpty() || query.content().isPresent() || named(path);
    return wanted && byName;
  }

  /// A path is hidden when the place that it is asked for by is, or the real one.
  private Verdict judge(String path, boolean directory) {
    PathFilter filter = view.filter();
    Verdict verdict = filter.judge(real + path, directory);
    if (verdict == Verdict.KEEP && !real.equals(asked)) {
      verdict = filter.judge(asked + path, directory);
    }
    if (verdict != Verdict.SKIP) {
      Verdict excluded = query.exclude().judge(asked + path, directory);
      verdict = excluded == Verdict.KEEP ? verdict : excluded;
    }
    return verdict;
  }

  /// Whether a file is found by its path, whatever it holds.
  boolean named(String path) {
    return query.anyway().map(text -> (asked + path).contains(text)).orElse(false);
  }

  /// Whether a file has to be looked at beyond its name.
  boolean looksAtFiles() {
    return query.content().isPresent() || query.minSize() > 0 || query.endSize() < Long.MAX_VALUE;
  }

  /// Whether the content of files matters.
  boolean readsContent() {
    return query.content().isPresent() && view.fast();
  }

  /// Whether the size is one of those asked for.
  boolean sized(long size) {
    return size >= query.minSize() && size < query.endSize();
  }

  /// Whether the file has to be read, when name and size are right.
  boolean reads(String path, long size) {
    return query.content().isPresent()
        && !named(path)
        && view.fast()
        && size <= query.content().get().maxSize();
  }

  /// A file with the right name and size that is not read.
  void unread(String path) {
    if (query.content().isEmpty() || named(path) || query.content().get().includeUnread()) {
      add(new FoundFile(path, Optional.empty()));
    }
  }

  /// Reads a file and takes it as a result when it holds the text.
  void read(String path, ContentScanner.Source source, long size) throws IOException {
    ContentScanner.Verdict verdict = scanners.get().scan(source, size);
    progress.addBytes(Math.min(size, query.content().orElseThrow().maxSize()));
    if (verdict.matches()) {
      add(new FoundFile(path, verdict.context()));
    }
  }

  void looked() {
    progress.addFile();
  }

  private void add(FoundFile file) {
    synchronized (found) {
      if (found.size() < query.limit()) {
        found.add(file);
      }
      complete |= found.size() >= query.limit();
    }
  }
}
