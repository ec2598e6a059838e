package dev.wings.backup.driver;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.transfer.Pace;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.read.RestoreWatch;
import dev.wings.fs.ignore.PathFilter;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/// A backup that is to be unpacked.
///
/// @param server whose files they become
/// @param target an empty directory in the server's sandbox; files get their owner there
/// @param hostPath the same directory for programs that are started
/// @param filter what must not be restored, on paths below `target`
/// @param source where the Panel says that the content can be fetched; only for kinds that do not
///   keep it themselves
/// @param pace how fast it may read
/// @param progress bytes expected and dealt with, files; and the wish that it ends
/// @param file told the name of each regular file, relative to `target`
/// @param trouble told about an entry that was left out, with the reason
public record Restoration(
    UUID server,
    Path target,
    String hostPath,
    PathFilter filter,
    Optional<URI> source,
    Pace pace,
    Progress progress,
    Consumer<String> file,
    Consumer<String> trouble) {
  public Restoration {
    requireNonNull(server, "server");
    requireNonNull(target, "target");
    requireNonNull(hostPath, "hostPath");
    requireNonNull(filter, "filter");
    requireNonNull(source, "source");
    requireNonNull(pace, "pace");
    requireNonNull(progress, "progress");
    requireNonNull(file, "file");
    requireNonNull(trouble, "trouble");
  }

  /// Holds back, and tells, an extraction of this daemon's own archives.
  public RestoreWatch watch() {
    return new RestoreWatch() {
      @Override
      public void read(long bytes) {
        pace.took(bytes, progress);
      }

      @Override
      public void file(String name) {
        file.accept(name);
      }

      @Override
      public void leftOut(String name, String reason) {
        trouble.accept(name + ": " + reason);
      }
    };
  }
}
