package dev.wings.backup.driver;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.transfer.Pace;
import dev.wings.core.operation.Progress;
import dev.wings.fs.ignore.PathFilter;
import java.nio.file.Path;
import java.util.UUID;

/// A backup that is to be made.
///
/// @param backup its id
/// @param server whose files they are
/// @param root of the server's files, sandboxed
/// @param hostPath the same directory for programs that are started
/// @param filter what is left out
/// @param ignoreText the same as the accepted lines, each with a line end (`backups.md` 7.1)
/// @param pace how fast it may write
/// @param progress bytes expected and dealt with, files; and the wish that it ends
public record Creation(
    UUID backup,
    UUID server,
    Path root,
    String hostPath,
    PathFilter filter,
    String ignoreText,
    Pace pace,
    Progress progress) {
  public Creation {
    requireNonNull(backup, "backup");
    requireNonNull(server, "server");
    requireNonNull(root, "root");
    requireNonNull(hostPath, "hostPath");
    requireNonNull(filter, "filter");
    requireNonNull(ignoreText, "ignoreText");
    requireNonNull(pace, "pace");
    requireNonNull(progress, "progress");
  }
}
