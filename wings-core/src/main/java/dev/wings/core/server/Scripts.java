package dev.wings.core.server;

import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.volume.ServerVolume;
import java.io.OutputStream;

/// Runs one-off scripts beside a server (`containers.md` 22).
@FunctionalInterface
public interface Scripts {
  /// Runs the script in its own container and copies its output to `out` until it ends.
  /// Interrupting the calling thread removes the container.
  void run(
      ServerDefinition definition,
      ServerVolume volume,
      InstallationScript script,
      OutputStream out);
}
