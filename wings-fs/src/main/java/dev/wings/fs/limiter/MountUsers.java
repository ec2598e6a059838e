package dev.wings.fs.limiter;

import dev.wings.fs.host.Mounts;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds containers that a directory is mounted into, whatever engine they belong to.
final class MountUsers {
  private static final Logger log = LoggerFactory.getLogger(MountUsers.class);
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private MountUsers() {}

  /// @param directory without links
  /// @return number of a process that has it, or something in it, mounted on its own
  static Optional<Long> of(Path directory) throws IOException {
    Mounts.Mount mount = Mounts.ofThisProcess().of(directory).orElse(null);
    if (mount == null) {
      return Optional.empty();
    }
    String inside = mount.inside(directory);
    Set<Path> seen = new HashSet<>();
    seen.add(Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")));
    try (DirectoryStream<Path> processes =
        Files.newDirectoryStream(
            Path.of("/proc"), path -> NUMBER.matcher(path.getFileName().toString()).matches())) {
      for (Path process : processes) {
        if (uses(process, mount.device(), inside, seen)) {
          return Optional.of(Long.parseLong(process.getFileName().toString()));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean uses(Path process, String device, String inside, Set<Path> seen) {
    try {
      return seen.add(Files.readSymbolicLink(process.resolve("ns/mnt")))
          && Mounts.read(process.resolve("mountinfo")).table().stream()
              .anyMatch(mount ->
                  mount.device().equals(device)
                      && (mount.root().equals(inside) || mount.root().startsWith(inside + "/")));
    } catch (IOException gone) {
      log.atDebug().addKeyValue("process", process).setCause(gone).log("process ended meanwhile");
      return false;
    }
  }
}
