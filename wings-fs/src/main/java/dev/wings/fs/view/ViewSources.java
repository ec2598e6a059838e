package dev.wings.fs.view;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.server.Server;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Everything that the paths of servers can lead into, for a whole node: makes the [FileViews] of
/// each request and keeps open what is expensive to open.
public final class ViewSources implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ViewSources.class);

  /// Longer than anything that works on a mount without asking for a place in it again.
  private static final Duration MOUNT_IDLE = Duration.ofHours(6);

  private static final int MOUNTS_PER_SERVER = 64;

  private final LiveConfig config;
  private final BackupViews backups;
  private final HostMounts hostMounts;
  private final OpenTrees mounts;

  /// @param nanoTime as [System#nanoTime]
  public ViewSources(LiveConfig config, BackupViews backups, LongSupplier nanoTime) {
    this.config = requireNonNull(config, "config");
    this.backups = requireNonNull(backups, "backups");
    this.hostMounts = new HostMounts(config);
    this.mounts = new OpenTrees(MOUNTS_PER_SERVER, MOUNT_IDLE, nanoTime);
  }

  /// The views of one server for one request, following the definition in force. Touches no file.
  ///
  /// @param ignored what the acting user must not see, beside the deny list of the egg
  public FileViews of(Server server, PathFilter ignored) {
    return new FileViews(
        server,
        primary(server, ignored, sizes(server)),
        HostMounts.of(server.definition().settings().mounts()),
        Optional.of(this));
  }

  static FileView primary(Server server, PathFilter ignored, DirectorySizes sizes) {
    PathFilter denied = IgnoreList.lenient(server.definition().settings().egg().fileDenylist());
    Path root = server.volume().root();
    return new FileView(
        root,
        /* primary= */ true,
        /* writable= */ true,
        /* fast= */ true,
        denied.and(ignored),
        sizes);
  }

  private DirectorySizes sizes(Server server) {
    return config.current().api().disableDirectorySize() ? DirectorySizes.NONE : sizesOf(server);
  }

  /// What the last scan of the volume found.
  static DirectorySizes sizesOf(Server server) {
    if (!(server.volume() instanceof Volume volume)) {
      return DirectorySizes.NONE;
    }
    Path root = volume.root();
    return directory -> {
      var sizes = volume.usage().sizes(root.relativize(directory).toString());
      return new DirectorySizes.Size(sizes.logical(), sizes.physical());
    };
  }

  /// The source of a mount.
  ///
  /// @return empty when it is missing or not permitted
  Optional<FileView> mount(Server server, HostMounts.InVolume mount) {
    // the list of what is allowed is part of the key: a change of it has to be asked about again
    record Mounted(Object mount, Object allowed) {}
    Mounted what = new Mounted(mount.mount(), config.current().allowedMounts());
    try {
      return mounts.get(new OpenTrees.Key(server.id(), what), () -> hostMounts.view(mount.mount()));
    } catch (IOException unreadable) {
      log.atDebug()
          .addKeyValue("server", server.id())
          .setCause(unreadable)
          .log("mount cannot be opened");
      return Optional.empty();
    }
  }

  /// A backup that the Panel knows of.
  Optional<FileView> backup(Server server, UUID backup) {
    if (!config.current().system().backups().mounting().enabled()
        || !server.definition().settings().backups().contains(backup)) {
      return Optional.empty();
    }
    try {
      return backups.open(server.id(), backup);
    } catch (IOException unreadable) {
      log.atDebug()
          .addKeyValue("server", server.id())
          .addKeyValue("backup", backup)
          .setCause(unreadable)
          .log("backup cannot be browsed");
      return Optional.empty();
    }
  }

  /// Names of the directories that lead to the backups.
  String backupPath() {
    return config.current().system().backups().mounting().path();
  }

  /// Closes all trees except the volumes.
  @Override
  public void close() {
    mounts.close();
  }
}
