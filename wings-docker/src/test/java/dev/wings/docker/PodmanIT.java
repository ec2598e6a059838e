package dev.wings.docker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.docker.testing.TestEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// The same on Podman's compatible socket.
class PodmanIT extends ContainerLife {
  @TempDir static Path home;

  private static Optional<TestEngine> found = Optional.empty();

  @BeforeAll
  static void find() throws IOException {
    found = TestEngine.podman(home);
    assumeTrue(found.isPresent(), "Podman is not installed or cannot run containers here");
  }

  @AfterAll
  static void leave() {
    found.ifPresent(TestEngine::close);
  }

  @Override
  TestEngine real() {
    return found.orElseThrow();
  }
}
