package dev.wings.core.container;

import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerSettings;
import java.util.UUID;

/// What is to be run. The engine adapter turns it into a create request with the formulas of
/// `containers.md` 8 to 12.
public sealed interface ContainerRequest {
  /// Settings of the server the container belongs to.
  ServerSettings settings();

  /// Host path of the server's volume.
  String volumePath();

  default UUID server() {
    return settings().uuid();
  }

  default ContainerKind kind() {
    return switch (this) {
      case ServerProcess _ -> ContainerKind.SERVER;
      case Installer _ -> ContainerKind.INSTALLER;
      case Script _ -> ContainerKind.SCRIPT;
    };
  }

  /// Image reference as configured, local marker included.
  default String image() {
    return switch (this) {
      case ServerProcess p -> p.settings().container().image();
      case Installer i -> i.script().containerImage();
      case Script s -> s.script().containerImage();
    };
  }

  record ServerProcess(ServerSettings settings, String volumePath) implements ContainerRequest {}

  /// @param stagingPath host directory with `install.sh`, `status` and `progress`
  record Installer(
      ServerSettings settings, String volumePath, InstallationScript script, String stagingPath)
      implements ContainerRequest {}

  /// @param stagingPath host directory with `script.sh`
  record Script(
      ServerSettings settings, String volumePath, InstallationScript script, String stagingPath)
      implements ContainerRequest {}
}
