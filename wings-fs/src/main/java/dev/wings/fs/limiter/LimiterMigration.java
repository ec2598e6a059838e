package dev.wings.fs.limiter;

import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.tree.TreeDelete;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/// Turns plain directories into what a limiter needs, one server after the other (`filesystem.md`
/// 10). The daemon must not run meanwhile. At each instant the server's files are complete under
/// one name, the server's own or that with [#STAGING_SUFFIX]; a daemon refuses to open a volume
/// while both exist.
public final class LimiterMigration {
  /// Added to the name of the directory that is copied from.
  public static final String STAGING_SUFFIX = ".migrating";

  private static final int DELETE_THREADS = 4;

  private final DiskLimiter limiter;
  private final Path data;

  /// What became of one server.
  public sealed interface Outcome {
    /// @param reason why there was nothing to do
    record Skipped(String reason) implements Outcome {}

    /// Done; after a look only, what would be done.
    record Migrated() implements Outcome {}

    /// @param reason for the operator: what failed and where the files are now
    record Failed(String reason, IOException cause) implements Outcome {}
  }

  /// @param limiter of the mode that servers are moved to
  /// @param data existing directory of all servers
  /// @throws IOException when the data directory cannot be found
  public LimiterMigration(DiskLimiter limiter, Path data) throws IOException {
    this.limiter = limiter;
    this.data = data.toRealPath();
  }

  /// Changes nothing.
  public Outcome look(UUID server) {
    ServerDirectory directory = new ServerDirectory(server, data.resolve(server.toString()));
    try {
      return reasonToSkip(directory)
          .<Outcome>map(Outcome.Skipped::new)
          .orElseGet(Outcome.Migrated::new);
    } catch (IOException e) {
      return failed("cannot be looked at", e);
    }
  }

  private Optional<String> reasonToSkip(ServerDirectory directory) throws IOException {
    if (DataDirectory.status(directory).isEmpty()) {
      return Optional.of(
          DataDirectory.status(staging(directory)).isEmpty()
              ? "has no directory"
              : "has no directory but " + staging(directory).path());
    }
    return limiter.holds(directory) ? Optional.of("is migrated already") : Optional.empty();
  }

  private static ServerDirectory staging(ServerDirectory directory) {
    return new ServerDirectory(
        directory.server(), directory.path().resolveSibling(directory.server() + STAGING_SUFFIX));
  }

  /// @param limitBytes of the server, 0 is unlimited
  /// @param alive called now and then while the work gets on
  public Outcome migrate(UUID server, long limitBytes, Runnable alive) {
    Outcome look = look(server);
    if (!(look instanceof Outcome.Migrated)) {
      return look;
    }
    ServerDirectory directory = new ServerDirectory(server, data.resolve(server.toString()));
    ServerDirectory staging = staging(directory);
    try (Descriptor parent = Linux.open(data.toString(), Linux.O_RDONLY | Linux.oDirectory())) {
      Optional<Long> user = MountUsers.of(directory.path());
      if (user.isPresent()) {
        throw new LimiterException(
            "process %d has the directory mounted, stop the server first".formatted(user.get()));
      }
      try {
        Linux.renameatNoReplace(parent, directory.name(), parent, name(staging));
      } catch (LinuxException e) {
        throw e.is(Errno.EEXIST)
            ? new LimiterException(
                staging.path() + " exists, look which of both is complete and remove the other")
            : e;
      }
      return replace(parent, directory, staging, limitBytes, alive);
    } catch (IOException e) {
      return failed("is as it was", e);
    }
  }

  private static byte[] name(ServerDirectory directory) {
    return directory.path().getFileName().toString().getBytes(StandardCharsets.US_ASCII);
  }

  private Outcome replace(
      Descriptor parent,
      ServerDirectory directory,
      ServerDirectory staging,
      long limitBytes,
      Runnable alive) {
    try {
      limiter.setup(directory, alive);
      copy(parent, staging, directory, alive);
    } catch (IOException | RuntimeException e) {
      IOException cause = e instanceof IOException io ? io : new IOException(e);
      return rollBack(parent, directory, staging, cause, alive);
    }
    try {
      limiter.limit(directory, limitBytes);
    } catch (IOException e) {
      return failed(
          "is copied, but its limit was not set; the old files are in " + staging.path(), e);
    }
    try {
      TreeDelete.delete(parent, name(staging), DELETE_THREADS, ticking(alive));
    } catch (IOException e) {
      return failed("is migrated, but " + staging.path() + " cannot be removed", e);
    }
    return new Outcome.Migrated();
  }

  private static void copy(
      Descriptor parent, ServerDirectory from, ServerDirectory to, Runnable alive)
      throws IOException {
    int flags = Linux.O_RDONLY | Linux.oDirectory() | Linux.oNofollow();
    try (Descriptor source = Linux.openat(parent, name(from), flags, 0);
        Descriptor target = Linux.openat(parent, name(to), flags, 0)) {
      MigrationCopy.copy(source, target, alive);
      Linux.syncfs(target); // the only other copy is removed next
    }
  }

  private Outcome rollBack(
      Descriptor parent,
      ServerDirectory directory,
      ServerDirectory staging,
      IOException cause,
      Runnable alive) {
    try {
      limiter.destroy(directory, alive);
      try {
        TreeDelete.delete(parent, directory.name(), DELETE_THREADS, ticking(alive));
      } catch (LinuxException e) {
        if (!e.is(Errno.ENOENT)) {
          throw e;
        }
      }
      Linux.renameatNoReplace(parent, name(staging), parent, directory.name());
      return failed("is as it was", cause);
    } catch (IOException e) {
      cause.addSuppressed(e);
      return failed(
          "is complete in %s, move that back to %s (%s)"
              .formatted(staging.path(), directory.path(), e.getMessage()),
          cause);
    }
  }

  private static java.util.function.BooleanSupplier ticking(Runnable alive) {
    return () -> {
      alive.run();
      return false;
    };
  }

  private static Outcome failed(String state, IOException cause) {
    return new Outcome.Failed("%s; it %s".formatted(cause.getMessage(), state), cause);
  }
}
