package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.LiveConfig;

/// What the routes need of the configuration: the one in force, its document, and the Panel's way
/// to change it.
public interface NodeConfiguration extends LiveConfig {
  /// The complete effective configuration, secrets included, with the keys that the Panel expects
  /// (`configuration.md` 9.1).
  JsonNode document();

  /// Applies a merge patch of the Panel (`configuration.md` 9.2). Blocks on the disk.
  ///
  /// @return whether the operator allows changes by the Panel, and the keys that were refused
  /// @throws dev.wings.core.WingsException kind INVALID when the result would be no configuration
  ConfigStore.Patched patch(JsonNode patch);
}
