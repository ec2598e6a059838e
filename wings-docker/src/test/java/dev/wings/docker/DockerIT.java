package dev.wings.docker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.docker.testing.TestEngine;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// Containers on the Docker engine of this machine.
class DockerIT extends ContainerLife {
  private static Optional<TestEngine> found = Optional.empty();

  @BeforeAll
  static void find() {
    found = TestEngine.docker();
    assumeTrue(found.isPresent(), "no Docker engine or no /bin/busybox");
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
