package dev.wings.fs.view;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.server.Server;
import dev.wings.fs.archive.tree.ArchiveAttributes;
import dev.wings.fs.archive.tree.ArchiveFileSystem;
import dev.wings.fs.ignore.IgnoreList;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
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

  /// The document says one minute; but what is copied out of an archive does not ask for it again.
  private static final Duration ARCHIVE_IDLE = Duration.ofMinutes(10);

  private static final int ARCHIVES_PER_SERVER = 8;

  private final LiveConfig config;
  private final BackupViews backups;
  private final HostMounts hostMounts;
  private final OpenTrees mounts;
  private final OpenTrees archives;

  /// @param nanoTime as [System#nanoTime]
  public ViewSources(LiveConfig config, BackupViews backups, LongSupplier nanoTime) {
    this.config = requireNonNull(config, "config");
    this.backups = requireNonNull(backups, "backups");
    this.hostMounts = new HostMounts(config);
    this.mounts = new OpenTrees(MOUNTS_PER_SERVER, MOUNT_IDLE, nanoTime);
    this.archives = new OpenTrees(ARCHIVES_PER_SERVER, ARCHIVE_IDLE, nanoTime);
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
      return mounts.get(new OpenTrees.Key(server.id(), what), () -> hostMounts.view(mount));
    } catch (IOException unreadable) {
      log.atDebug()
          .addKeyValue("server", server.id())
          .setCause(unreadable)
          .log("mount cannot be opened");
      return Optional.empty();
    }
  }

  /// Whether the name is one of an archive that can be looked into.
  static boolean namesArchive(Path file) {
    Path name = file.getFileName();
    String lower = name == null ? "" : name.toString().toLowerCase(Locale.ROOT);
    return lower.endsWith(".zip") || lower.endsWith(".7z");
  }

  /// The tree inside an archive on the volume.
  ///
  /// @return empty when it is no archive, or hidden
  Optional<FileView> archive(Server server, Location file) {
    // its state is part of the key: an archive that was written anew is opened anew
    record Archive(String path, Object inode, FileTime modified, long size) {}
    try {
      BasicFileAttributes found = Files.readAttributes(file.path(), BasicFileAttributes.class);
      if (!found.isRegularFile() || file.hidden()) {
        return Optional.empty();
      }
      Object inode = Objects.requireNonNullElse(found.fileKey(), "");
      Archive what = new Archive(file.relative(), inode, found.lastModifiedTime(), found.size());
      return archives.get(new OpenTrees.Key(server.id(), what), () -> Optional.of(inside(file)));
    } catch (IOException unreadable) {
      log.atDebug()
          .addKeyValue("server", server.id())
          .setCause(unreadable)
          .log("archive cannot be browsed");
      return Optional.empty();
    }
  }

  private static FileView inside(Location archive) throws IOException {
    return new FileView(
        ArchiveFileSystem.open(archive.path()).root(),
        /* primary= */ false,
        /* writable= */ false,
        /* fast= */ false,
        PathFilter.NONE,
        ViewSources::sizeInArchive,
        archive.relative());
  }

  private static DirectorySizes.Size sizeInArchive(Path directory) {
    try {
      ArchiveAttributes found = Files.readAttributes(directory, ArchiveAttributes.class);
      return new DirectorySizes.Size(found.size(), found.compressedBytes());
    } catch (IOException closed) {
      return DirectorySizes.NONE.of(directory);
    }
  }

  /// A backup of the server.
  Optional<FileView> backup(Server server, UUID backup) {
    if (!config.current().system().backups().mounting().enabled()) {
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
    archives.close();
    mounts.close();
  }
}
