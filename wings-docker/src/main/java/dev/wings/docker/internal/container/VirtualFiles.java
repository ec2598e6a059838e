package dev.wings.docker.internal.container;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.WingsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/// Files that are mounted into a server's container in place of the host's (`containers.md` 10.1).
/// They lie in a directory of the daemon that no server can write to.
final class VirtualFiles {
  private VirtualFiles() {}

  static Path directory(SystemConfig system, UUID server) {
    return Path.of(system.vmountDirectory(), server.toString());
  }

  /// Writes them before each create, whether or not they will be mounted.
  static void write(WingsConfig config, UUID server) {
    Path directory = directory(config.system(), server);
    try {
      Files.createDirectories(directory);
      replace(directory.resolve("machine-id"), server.toString().replace("-", ""));
      replace(directory.resolve("machine-uuid"), server.toString());
      if (config.tundra().enabled()) {
        hosts(directory.resolve("hosts"), server);
      }
    } catch (IOException e) {
      throw new WingsException(
          ErrorKind.INTERNAL, "cannot write the virtual files in " + directory, e);
    }
  }

  private static void hosts(Path file, UUID server) throws IOException {
    if (Files.exists(file)
        && Files.readString(file).lines().anyMatch(line -> line.endsWith("\t" + server))) {
      return;
    }
    replace(
        file,
        """
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::0\tip6-localnet
        ff00::0\tip6-mcastprefix
        ff02::1\tip6-allnodes
        ff02::2\tip6-allrouters
        127.0.0.2\t%s
        """
            .formatted(server));
  }

  /// A file with the right content is left alone: it may be mounted by a running container.
  private static void replace(Path file, String content) throws IOException {
    if (Files.isRegularFile(file) && Files.readString(file).equals(content)) {
      return;
    }
    Path temporary = Files.createTempFile(file.getParent(), "new", null);
    try {
      Files.writeString(temporary, content);
      Files.setPosixFilePermissions(
          temporary, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
