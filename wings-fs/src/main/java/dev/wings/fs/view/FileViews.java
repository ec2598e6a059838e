package dev.wings.fs.view;

import static java.util.Objects.requireNonNull;

import dev.wings.core.server.Server;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.sandbox.NameCodec;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Finds out which of a server's trees a path leads into (`filesystem.md` 5). Made for each request
/// by [ViewSources], so that it follows the definition in force. Finding a place may open what
/// stands behind it, so it belongs on the threads for files.
public final class FileViews {
  private static final int MAX_NAME_BYTES = 255;
  private static final int MAX_PATH_BYTES = 4095;

  private final Server server;
  private final FileView primary;
  private final Map<String, HostMounts.InVolume> mounts;
  private final Optional<ViewSources> sources;

  FileViews(
      Server server,
      FileView primary,
      Map<String, HostMounts.InVolume> mounts,
      Optional<ViewSources> sources) {
    this.server = server;
    this.primary = primary;
    this.mounts = mounts;
    this.sources = sources;
  }

  /// The volume of a server alone, without mounts, backups and archives.
  ///
  /// @param ignored what the acting user must not see, beside the deny list of the egg
  public static FileViews of(Server server, PathFilter ignored) {
    requireNonNull(ignored, "ignored");
    return new FileViews(
        server,
        ViewSources.primary(server, ignored, ViewSources.sizesOf(server)),
        Map.of(),
        Optional.empty());
  }

  /// The volume itself.
  public FileView primary() {
    return primary;
  }

  /// Where reading leads. Never fails: a place that leads nowhere is one on the volume that does
  /// not exist.
  ///
  /// @param path as a client names it; absolute or not it counts from the server's root
  /// @throws java.nio.file.InvalidPathException for a NUL, which no name can have
  public Location locate(String path) {
    Location place = onVolume(path);
    return backup(place)
        .or(() -> archive(place, /* whole= */ false))
        .or(() -> mount(place))
        .orElse(place);
  }

  /// Where reading leads when the path itself names a directory to look into: an archive there
  /// stands for the tree inside it.
  public Location locateDirectory(String path) {
    Location place = onVolume(path);
    return backup(place)
        .or(() -> archive(place, /* whole= */ true))
        .or(() -> mount(place))
        .orElse(place);
  }

  /// Where writing leads: only the volume and mounts. The view is not writable when a read-only
  /// mount is there.
  public Location locateForWriting(String path) {
    Location place = onVolume(path);
    return mount(place).or(() -> unopenable(place)).orElse(place);
  }

  /// Trees of other file systems that begin in a directory, by the names under which they are shown
  /// there.
  public Map<String, Location> mountsIn(Location directory) {
    Map<String, Location> result = new LinkedHashMap<>();
    if (!directory.view().primary()) {
      return result;
    }
    String prefix = directory.root() ? "" : directory.relative() + "/";
    for (String target : mounts.keySet()) {
      String name = target.startsWith(prefix) ? target.substring(prefix.length()) : "";
      if (!name.isEmpty() && !name.contains("/")) {
        mount(new Location(primary, primary.root()).resolve(target))
            .ifPresent(mount -> result.put(name, mount));
      }
    }
    return result;
  }

  /// A path that begins with the directory of the volume on the host means what is in it
  /// (`filesystem.md` 2.3).
  private Location onVolume(String path) {
    String host = server.volume().hostPath();
    boolean absolute =
        path.startsWith(host)
            && (path.length() == host.length() || path.charAt(host.length()) == '/');
    Location place =
        new Location(primary, primary.root())
            .resolve(absolute ? path.substring(host.length()) : path);
    requirePossible(place.path());
    return place;
  }

  /// The kernel refuses longer names whatever is asked of them; so nothing has one.
  private static void requirePossible(Path path) {
    if (path.toString().length() < MAX_NAME_BYTES / 4) {
      return; // no character has more than four bytes
    }
    byte[] bytes = NameCodec.encode(path.toString());
    int begin = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        if (i - begin > MAX_NAME_BYTES || i > MAX_PATH_BYTES) {
          throw new InvalidPathException("(" + bytes.length + " bytes)", "name is too long");
        }
        begin = i + 1;
      }
    }
  }

  private Optional<Location> backup(Location place) {
    if (sources.isEmpty()) {
      return Optional.empty();
    }
    String prefix =
        new Location(primary, primary.root()).resolve(sources.get().backupPath()).relative() + "/";
    String path = place.relative();
    if (prefix.equals("/") || !path.startsWith(prefix)) {
      return Optional.empty();
    }
    int slash = path.indexOf('/', prefix.length());
    String name = path.substring(prefix.length(), slash < 0 ? path.length() : slash);
    return uuid(name)
        .flatMap(backup -> sources.get().backup(server, backup))
        .map(view -> seen(view, prefix + name))
        .map(view ->
            new Location(view, view.root()).resolve(slash < 0 ? "" : path.substring(slash)));
  }

  /// What is hidden on the volume is hidden in its copies, too.
  private FileView seen(FileView backup, String place) {
    return new FileView(
        backup.root(),
        /* primary= */ false,
        /* writable= */ false,
        backup.fast(),
        backup.filter().and(primary.filter()),
        backup.sizes(),
        place);
  }

  /// The tree inside the first archive on the way to a place.
  ///
  /// @param whole whether a place that is an archive itself stands for its root
  private Optional<Location> archive(Location place, boolean whole) {
    if (sources.isEmpty()) {
      return Optional.empty();
    }
    int names = place.path().getNameCount();
    for (int count = 1; count <= (whole ? names : names - 1); count++) {
      Path file = place.path().getRoot().resolve(place.path().subpath(0, count));
      Path rest = count == names ? null : place.path().subpath(count, names);
      if (ViewSources.namesArchive(file)) {
        Optional<FileView> view = sources.get().archive(server, new Location(primary, file));
        if (view.isPresent()) {
          Location inside = new Location(view.get(), view.get().root());
          return Optional.of(rest == null ? inside : inside.resolve(rest.toString()));
        }
      }
    }
    return Optional.empty();
  }

  /// Only the canonical form: other spellings would be further names for the same tree.
  private static Optional<UUID> uuid(String name) {
    try {
      UUID uuid = UUID.fromString(name);
      return uuid.toString().equals(name) ? Optional.of(uuid) : Optional.empty();
    } catch (IllegalArgumentException other) {
      return Optional.empty();
    }
  }

  /// The innermost mount around a place.
  private Optional<HostMounts.InVolume> mountAround(String path) {
    HostMounts.InVolume found = null;
    for (HostMounts.InVolume mount : mounts.values()) {
      boolean inside = path.equals(mount.target()) || path.startsWith(mount.target() + "/");
      if (inside && (found == null || mount.target().length() > found.target().length())) {
        found = mount;
      }
    }
    return Optional.ofNullable(found);
  }

  private Optional<Location> mount(Location place) {
    String path = place.relative();
    return mountAround(path)
        .flatMap(mount ->
            sources
                .flatMap(all -> all.mount(server, mount))
                .map(view ->
                    new Location(view, view.root())
                        .resolve(path.substring(mount.target().length()))));
  }

  /// Nothing may be written into the volume where a read-only mount should be.
  private Optional<Location> unopenable(Location place) {
    return mountAround(place.relative())
        .filter(mount -> mount.mount().readOnly())
        .map(_ ->
            new Location(
                new FileView(
                    primary.root(),
                    /* primary= */ false,
                    /* writable= */ false,
                    /* fast= */ true,
                    primary.filter(),
                    DirectorySizes.NONE),
                place.path()));
  }
}
