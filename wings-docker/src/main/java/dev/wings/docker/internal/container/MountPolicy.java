package dev.wings.docker.internal.container;

import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.definition.ServerSettings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Decides which host paths a server may have (`containers.md` 10.2 and 10.6, `threats.md` CF-07).
/// Both sides are fully resolved at each create. Beyond the allow-list it refuses, whatever the
/// list says, everything that contains or lies in the daemon's own directories or leads to the
/// engine's socket. A refused entry is reported and left out; the server still starts.
final class MountPolicy {
  private final WingsConfig config;
  private final HostFacts host;
  private final Consumer<String> warnings;

  MountPolicy(WingsConfig config, HostFacts host, Consumer<String> warnings) {
    this.config = config;
    this.host = host;
    this.warnings = warnings;
  }

  /// The canonical source of a mount, empty when it is refused.
  Optional<Path> mount(ServerSettings.Mount mount) {
    String problem = problem(mount.source(), mount.target(), config.allowedMounts());
    if (!problem.isEmpty()) {
      warnings.accept("mount " + mount.source() + " left out: " + problem);
      return Optional.empty();
    }
    return host.resolve(mount.source());
  }

  /// The canonical source of a device, empty when it is refused.
  Optional<Path> device(ServerSettings.Device device) {
    String problem = problem(device.source(), device.target(), config.allowedDevices());
    if (problem.isEmpty() && !device.permissions().matches("[rwm]{1,3}")) {
      problem = "permissions must be made of r, w and m";
    }
    Optional<Path> source = host.resolve(device.source());
    if (problem.isEmpty() && !source.map(host::isDevice).orElse(false)) {
      problem = "not a device";
    }
    if (!problem.isEmpty()) {
      warnings.accept("device " + device.source() + " left out: " + problem);
      return Optional.empty();
    }
    return source;
  }

  private String problem(String source, String target, List<String> allowed) {
    if (!plain(source) || !plain(target)) {
      return "source and target must be absolute paths without . and ..";
    }
    Optional<Path> real = host.resolve(source);
    if (real.isEmpty()) {
      return "the source does not exist";
    }
    boolean listed = allowed.stream().anyMatch(entry -> covers(entry, real.get()));
    if (!listed) {
      return "not in the list of what the node allows";
    }
    return forbidden(real.get()) ? "it leads to the daemon's own data or the engine" : "";
  }

  private boolean covers(String entry, Path real) {
    Optional<Path> root = host.resolve(entry);
    if (root.isEmpty()) {
      warnings.accept("allowed path " + entry + " does not exist and is ignored");
      return false;
    }
    return real.startsWith(root.get());
  }

  private boolean forbidden(Path real) {
    String socket = config.docker().socket();
    if (socket.startsWith("/")) {
      Path engine = host.resolve(socket).orElse(Path.of(socket));
      if (engine.startsWith(real)) {
        return true;
      }
    }
    SystemConfig system = config.system();
    return List.of(
            system.rootDirectory(),
            system.logDirectory(),
            system.data(),
            system.diffsDirectory(),
            system.vmountDirectory(),
            system.archiveDirectory(),
            system.backupDirectory(),
            system.tmpDirectory())
        .stream()
        .filter(directory -> directory.startsWith("/"))
        .map(directory -> host.resolve(directory).orElse(Path.of(directory)))
        .anyMatch(directory -> directory.startsWith(real) || real.startsWith(directory));
  }

  /// Absolute and without `.` and `..`, so that what is checked is what is mounted.
  private static boolean plain(String text) {
    if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
      return false;
    }
    try {
      for (Path part : Path.of(text)) {
        if (part.toString().equals(".") || part.toString().equals("..")) {
          return false;
        }
      }
      return true;
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
