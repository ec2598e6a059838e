package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.json.Json;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Paths as the engine sees them, and the files that stand in for the host's.
class HostTest {
  private static final String OWN = "0123456789abcdef".repeat(4);
  private static final String OTHER = "f".repeat(64);

  @TempDir Path directory;

  private static String mountInfo(String root, String target) {
    return "36 35 8:1 " + root + " " + target + " rw,relatime - ext4 /dev/sda1 rw\n";
  }

  @Test
  void findsTheDaemonsOwnContainer() {
    assertThat(
            HostMounts.ownContainer(
                mountInfo("/var/lib/docker/containers/" + OWN + "/hosts", "/etc/hosts")))
        .contains(OWN);
    assertThat(
            HostMounts.ownContainer(
                mountInfo("/overlay-containers/" + OWN + "/x", "/run/.containerenv")))
        .contains(OWN);
    assertThat(
            HostMounts.ownContainer(mountInfo("containers/" + OWN + "/hostname", "/etc/hostname")))
        .contains(OWN);
  }

  @Test
  void isNotSureAboutConflictingOrForeignIds() {
    assertThat(HostMounts.ownContainer("")).isEmpty();
    assertThat(HostMounts.ownContainer(mountInfo("/containers/" + OWN + "/hosts", "/srv/hosts")))
        .isEmpty();
    assertThat(HostMounts.ownContainer(mountInfo("/mycontainers/" + OWN + "/hosts", "/etc/hosts")))
        .isEmpty();
    assertThat(
            HostMounts.ownContainer(
                mountInfo("/containers/" + OWN + "/hosts", "/etc/hosts")
                    + mountInfo("/containers/" + OTHER + "/hostname", "/etc/hostname")))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/data, /host/data",
    "/data/x/y, /host/data/x/y",
    "/data/deep/z, /vol/z",
    "/data/deep, /vol",
    "/database, /database",
    "/other, /other",
  })
  void translatesByTheLongestMount(String inside, String outside) throws IOException {
    HostMounts mounts =
        HostMounts.of(
            Json.mapper()
                .readTree(
                    """
                    {"Mounts": [{"Type": "bind", "Source": "/host/data", "Destination": "/data"},
                                {"Type": "volume", "Source": "/vol", "Destination": "/data/deep"},
                                {"Type": "tmpfs", "Source": "", "Destination": "/other"}]}
                    """));

    assertThat(mounts.translate(inside)).isEqualTo(outside);
    assertThat(mounts.covers(inside)).isEqualTo(!inside.equals(outside));
    assertThat(new HostMounts(Map.of()).translate(inside)).isEqualTo(inside);
  }

  @Test
  void writesVirtualFilesAndLeavesRightOnesAlone() throws IOException {
    UUID server = UUID.randomUUID();
    Path files = directory.resolve("vmounts").resolve(server.toString());
    VirtualFiles.write(TestNode.config(directory), server);

    assertThat(files.resolve("machine-id")).content().isEqualTo(server.toString().replace("-", ""));
    assertThat(files.resolve("machine-uuid")).content().isEqualTo(server.toString());
    assertThat(files.resolve("hosts")).doesNotExist();

    FileTime old = FileTime.from(Instant.EPOCH);
    Files.setLastModifiedTime(files.resolve("machine-id"), old);
    Files.writeString(files.resolve("machine-uuid"), "tampered");
    VirtualFiles.write(TestNode.config(directory, "/tundra/enabled", "true"), server);

    assertThat(Files.getLastModifiedTime(files.resolve("machine-id"))).isEqualTo(old);
    assertThat(files.resolve("machine-uuid")).content().isEqualTo(server.toString());
    assertThat(files.resolve("hosts"))
        .content()
        .startsWith("127.0.0.1\tlocalhost\n")
        .endsWith("127.0.0.2\t" + server + "\n");
    try (Stream<Path> all = Files.list(files)) {
      assertThat(all).hasSize(3); // no temporary file stays
    }

    Files.writeString(files.resolve("hosts"), "10.9.8.7\tpeer\n127.0.0.2\t" + server + "\n");
    VirtualFiles.write(TestNode.config(directory, "/tundra/enabled", "true"), server);
    assertThat(files.resolve("hosts")).content().startsWith("10.9.8.7");
  }

  @Test
  void readsTheRealHost() {
    LinuxHost host = new LinuxHost(() -> HostMounts.NONE);

    assertThat(host.isDevice(Path.of("/dev/null"))).isTrue();
    assertThat(host.isDevice(Path.of("/proc/self/status"))).isFalse();
    assertThat(host.isDevice(directory)).isFalse();
    assertThat(host.isDevice(directory.resolve("missing"))).isFalse();
    assertThat(host.maxOpenFiles()).isPositive();
    assertThat(host.resolve(directory.resolve("missing").toString())).isEmpty();
    assertThat(host.lxcfs(directory.toString(), java.util.List.of("proc/stat")).problem())
        .isNotEmpty();
  }
}
