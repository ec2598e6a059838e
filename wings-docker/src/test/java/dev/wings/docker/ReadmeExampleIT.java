package dev.wings.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.testing.Recorder;
import dev.wings.docker.testing.TestEngine;
import dev.wings.docker.testing.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The snippet of the README, compiled and run.
class ReadmeExampleIT {
  @TempDir Path directory;

  @Test
  void runsAContainerThroughTheModuleAlone() throws Exception {
    Optional<TestEngine> docker = TestEngine.docker();
    assumeTrue(docker.isPresent(), "no Docker engine or no /bin/busybox");
    try (TestEngine real = docker.get()) {
      WingsConfig config = TestNode.config(directory, "/docker/network/mode", "\"none\"");
      ServerSettings server =
          TestNode.server(
              UUID.randomUUID(), real.image(), "/entrypoint", "[\"/bin/echo\",\"hello\"]");
      Path volume = Files.createDirectories(directory.resolve("volume"));
      Recorder listener = new Recorder();

      // readme:start
      try (DockerEngine engine = DockerEngine.connect(LiveConfig.fixed(config))) {
        ContainerRequest request = new ContainerRequest.ServerProcess(server, volume.toString());
        try (ContainerHandle container = engine.create(request, listener)) {
          container.start(); // the listener hears output, statistics and the exit
          listener.exit.get(30, TimeUnit.SECONDS);
          container.remove();
        }
      }
      // readme:end

      assertThat(listener.text()).isEqualTo("hello\r\n");
    }
  }
}
