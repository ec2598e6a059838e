package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.definition.ServerSettings;
import dev.wings.core.testing.Proves;
import dev.wings.docker.testing.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On the real file system, with real links.
@Proves("CF-07")
class MountPolicyTest {
  @TempDir Path directory;

  private final HostFacts host = new LinuxHost(() -> HostMounts.NONE);
  private final List<String> warnings = new ArrayList<>();
  private Path allowed;
  private Path daemon;

  @BeforeEach
  void prepare() throws IOException {
    directory = directory.toRealPath();
    allowed = Files.createDirectories(directory.resolve("shared"));
    Files.createDirectories(allowed.resolve("maps"));
    Files.createDirectories(directory.resolve("shared-secret"));
    daemon = Files.createDirectories(directory.resolve("wings"));
    Files.createDirectories(daemon.resolve("volumes/other"));
  }

  private Optional<Path> mount(String source, String target, String... allow) {
    StringBuilder list = new StringBuilder("[");
    for (String entry : allow) {
      list.append(list.length() > 1 ? "," : "").append('"').append(entry).append('"');
    }
    MountPolicy policy =
        new MountPolicy(
            TestNode.config(daemon, "/allowed_mounts", list.append(']').toString()),
            host,
            warnings::add);
    return policy.mount(new ServerSettings.Mount(source, target, false));
  }

  @Test
  void acceptsTheListedDirectoryAndWhatLiesBelow() {
    assertThat(mount(allowed.toString(), "/a", allowed + "/")).contains(allowed);
    assertThat(mount(allowed + "/maps/", "/a", allowed.toString()))
        .contains(allowed.resolve("maps"));
    assertThat(warnings).isEmpty();
  }

  @Test
  void refusesWhatIsNotListed() {
    assertThat(mount(directory + "/shared-secret", "/a", allowed.toString())).isEmpty();
    assertThat(mount(allowed.toString(), "/a")).isEmpty();
    assertThat(mount(allowed + "/missing", "/a", allowed.toString())).isEmpty();
    assertThat(mount(allowed + "/../shared-secret", "/a", allowed.toString())).isEmpty();
    assertThat(mount(allowed + "/./maps", "/a", allowed.toString())).isEmpty();
    assertThat(mount("maps", "/a", allowed.toString())).isEmpty();
    assertThat(mount(allowed.toString(), "a", allowed.toString())).isEmpty();
    assertThat(mount(allowed.toString(), "/a/../etc", allowed.toString())).isEmpty();
    assertThat(warnings).hasSize(8);
  }

  @Test
  void followsLinksOnBothSidesAtEachLook() throws IOException {
    Path link = Files.createSymbolicLink(allowed.resolve("link"), allowed.resolve("maps"));
    assertThat(mount(link.toString(), "/a", allowed.toString())).contains(allowed.resolve("maps"));

    Files.delete(link);
    Files.createSymbolicLink(link, directory.resolve("shared-secret"));
    assertThat(mount(link.toString(), "/a", allowed.toString())).isEmpty();

    Path entry = Files.createSymbolicLink(directory.resolve("entry"), allowed);
    assertThat(mount(allowed.toString(), "/a", entry.toString())).contains(allowed);
    assertThat(mount(entry.toString(), "/a", directory.resolve("gone").toString())).isEmpty();
  }

  @Test
  void neverHandsOutTheEngineOrTheDaemonsOwnData() throws IOException {
    for (String source :
        List.of(
            "/var/run/docker.sock",
            "/run",
            "/var/run",
            "/",
            daemon + "/volumes/other",
            directory.toString(),
            daemon.toString())) {
      if (Files.exists(Path.of(source))) {
        assertThat(mount(source, "/a", "/")).as(source).isEmpty();
      }
    }
    Path hidden = Files.createSymbolicLink(allowed.resolve("x"), daemon.resolve("volumes"));
    assertThat(mount(hidden.toString(), "/a", "/")).isEmpty();
  }
}
