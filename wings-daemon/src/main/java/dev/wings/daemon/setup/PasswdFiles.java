package dev.wings.daemon.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// The `passwd` and `group` files that containers see when `system.passwd.enabled`
/// (`configuration.md` 12).
public final class PasswdFiles {
  private PasswdFiles() {}

  public static void write(Path directory, SystemUser user) throws IOException {
    Files.createDirectories(directory);
    put(
        directory.resolve("group"),
        "root:x:0:\ncontainer:x:" + user.gid() + ":\nnogroup:x:65534:\n");
    put(
        directory.resolve("passwd"),
        "root:x:0:0::/root:/bin/sh\ncontainer:x:"
            + user.uid()
            + ":"
            + user.gid()
            + "::/home/container:/bin/sh\nnobody:x:65534:65534::/var/empty:/bin/sh\n");
  }

  private static void put(Path file, String content) throws IOException {
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }
}
