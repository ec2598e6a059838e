package dev.wings.daemon.sftp;

import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import dev.wings.fs.view.Location;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a user sees of a server's volume: neither what the egg's deny list hides nor what the
/// user's own list does. Lists are compiled once for each change of them. Safe for use by many
/// threads.
final class VisibleFiles {
  private static final PathFilter NOTHING = (_, _) -> PathFilter.Verdict.SKIP;

  private final Member member;
  private volatile Compiled compiled =
      new Compiled(List.of(), Optional.empty(), /* filter= */ NOTHING);

  private record Compiled(List<String> denied, Optional<List<String>> ignored, PathFilter filter) {}

  VisibleFiles(Member member) {
    this.member = member;
  }

  /// The volume as the user sees it now.
  FileView view() {
    Path root = member.server().volume().root();
    return new FileView(
        root,
        /* primary= */ true,
        /* writable= */ true,
        /* fast= */ true,
        filter(),
        DirectorySizes.NONE);
  }

  Location locate(Path path) {
    return new Location(view(), path);
  }

  private PathFilter filter() {
    List<String> denied = member.server().definition().settings().egg().fileDenylist();
    Optional<List<String>> ignored = member.ignoredFiles();
    Compiled current = compiled;
    if (!current.denied().equals(denied) || !current.ignored().equals(ignored)) {
      current = new Compiled(denied, ignored, compile(denied, ignored));
      compiled = current;
    }
    return current.filter();
  }

  /// A list of the user's that cannot be understood hides everything.
  private static PathFilter compile(List<String> denied, Optional<List<String>> ignored) {
    return ignored
        .flatMap(IgnoreList::compile)
        .map(own -> IgnoreList.lenient(denied).and(own))
        .orElse(NOTHING);
  }
}
