/// Vocabulary, domain logic and ports of the daemon, one sub-package per feature.
///
/// Start with `server.Server` (what one game server is), `power` (its state machine) and
/// `container.ContainerEngine` (the port behind which Docker or Podman stands). The root package
/// holds only the two error types that everything shares.
@NullMarked
package dev.wings.core;

import org.jspecify.annotations.NullMarked;
