package dev.wings.fs.view;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.definition.ServerSettings.Mount;
import dev.wings.fs.ignore.PathFilter;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directories of the host that a server has inside its volume (`filesystem.md` 5, rule 3).
/// Each is a sandbox of its own. It belongs to the host: nothing in it is given to the container's
/// user, and neither the quota nor the deny list of the server counts there.
///
/// Whether a source is permitted is decided by the configuration in force, links resolved, each
/// time that it is opened: it must lie in an entry of `allowed_mounts`, and never in, or around,
/// the daemon's own directories.
final class HostMounts {
  private static final Logger log = LoggerFactory.getLogger(HostMounts.class);
  private static final String CONTAINER_ROOT = "/home/container/";

  private final LiveConfig config;

  HostMounts(LiveConfig config) {
    this.config = config;
  }

  /// A mount whose target lies in the volume.
  ///
  /// @param target path below the volume's root, `/` between the names
  record InVolume(String target, Mount mount) {}

  /// The mounts of a definition that show up in the volume, by their targets.
  static Map<String, InVolume> of(List<Mount> mounts) {
    Map<String, InVolume> result = new TreeMap<>();
    for (Mount mount : mounts) {
      if (mount.target().startsWith(CONTAINER_ROOT)) {
        List<String> names =
            Stream.of(mount.target().substring(CONTAINER_ROOT.length()).split("/"))
                .filter(name -> !name.isEmpty())
                .toList();
        if (!names.isEmpty() && !names.contains(".") && !names.contains("..")) {
          String target = String.join("/", names);
          result.put(target, new InVolume(target, mount));
        }
      }
    }
    return result;
  }

  /// A view of the source. It opens its directory when it is first used and again after it was
  /// closed.
  ///
  /// @return empty when the source is missing or not permitted
  Optional<FileView> view(InVolume shown) {
    Mount mount = shown.mount();
    Sandbox sandbox = Sandbox.closed(SandboxOptions.defaults());
    try {
      sandbox.open(open(mount));
    } catch (IOException refused) {
      log.atDebug()
          .addKeyValue("source", mount.source())
          .setCause(refused)
          .log("mount of a server cannot be shown");
      sandbox.close();
      return Optional.empty();
    }
    return Optional.of(
        new FileView(
            sandbox.getPath("/"),
            /* primary= */ false,
            !mount.readOnly(),
            /* fast= */ true,
            PathFilter.NONE,
            DirectorySizes.NONE,
            shown.target()));
  }

  /// The way from the allowed directory to the source is walked inside a sandbox as well: whoever
  /// may write in between cannot lead it elsewhere.
  private Descriptor open(Mount mount) throws IOException {
    WingsConfig current = config.current();
    Path source = Path.of(mount.source()).toRealPath();
    for (Path forbidden : ownDirectories(current)) {
      if (source.startsWith(forbidden) || forbidden.startsWith(source)) {
        throw new IOException("the source leads to the daemon's own data");
      }
    }
    for (String entry : current.allowedMounts()) {
      Path allowed = real(Path.of(entry));
      if (!source.startsWith(allowed)) {
        continue;
      }
      try (Sandbox around = Sandbox.open(allowed)) {
        Path inside = around.getPath("/").resolve(allowed.relativize(source).toString());
        return around.openDirectory(inside).descriptor();
      }
    }
    throw new IOException("the source is not in the list of what the node allows");
  }

  private static List<Path> ownDirectories(WingsConfig current) {
    SystemConfig system = current.system();
    List<Path> result = new ArrayList<>();
    for (String directory :
        List.of(
            system.rootDirectory(),
            system.logDirectory(),
            system.data(),
            system.diffsDirectory(),
            system.vmountDirectory(),
            system.archiveDirectory(),
            system.backupDirectory(),
            system.tmpDirectory())) {
      if (directory.startsWith("/")) {
        result.add(real(Path.of(directory)));
      }
    }
    String socket = current.docker().socket();
    if (socket.startsWith("/")) {
      result.add(real(Path.of(socket)));
    }
    return result;
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException absent) { // nothing can lie in it
      return requireNonNull(path.toAbsolutePath().normalize());
    }
  }
}
