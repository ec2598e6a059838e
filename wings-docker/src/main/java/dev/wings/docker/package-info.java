/// Runs game containers on Docker or Podman.
///
/// [DockerEngine] is the entry: it implements the port `dev.wings.core.container.ContainerEngine`
/// with docker-java on a connection of its own. Methods block and are meant for virtual threads;
/// everything below `internal` is not for other modules.
@NullMarked
package dev.wings.docker;

import org.jspecify.annotations.NullMarked;
