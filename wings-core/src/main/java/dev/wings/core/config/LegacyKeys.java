package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;

/// Keys of older and of Pterodactyl's files (`configuration.md` 3 step 3, 11).
final class LegacyKeys {
  private LegacyKeys() {}

  /// Renames what has a new name, in place.
  ///
  /// @throws WingsException kind INVALID when the old download limit is no whole number
  static ObjectNode rename(ObjectNode document) {
    if (document.get("api") instanceof ObjectNode api) {
      moveDownloadLimit(document, api);
    }
    return renameValues(document);
  }

  /// Only the renames that keep the meaning of a value.
  static ObjectNode renameValues(ObjectNode document) {
    if (document.path("docker").path("network") instanceof ObjectNode network) {
      JsonNode mode = network.remove("network_mode");
      if (mode != null && !network.has("mode")) {
        network.set("mode", mode);
      }
    }
    JsonNode backups = document.path("system").path("backups");
    if (backups instanceof ObjectNode object
        && object.path("compression_level").asText().equals("none")) {
      object.put("compression_level", "best_speed");
    }
    return document;
  }

  /// 0 meant "none" in the old key and means "unlimited" in the new one.
  private static void moveDownloadLimit(ObjectNode document, ObjectNode api) {
    JsonNode limit = api.remove("server_remote_download_limit");
    if (limit == null || limit.isNull()) {
      return;
    }
    if (!limit.isIntegralNumber() || !limit.canConvertToInt() || limit.intValue() < 0) {
      throw WingsException.invalid("api.server_remote_download_limit: expected a whole number");
    }
    if (limit.intValue() == 0) {
      api.put("disable_remote_download", true);
      return;
    }
    if (document.path("limits").isNull()) {
      document.remove("limits");
    }
    if (document.has("limits") && !document.path("limits").isObject()) {
      throw WingsException.invalid("limits: expected a mapping");
    }
    document.withObjectProperty("limits").put("server_concurrent_pulls", limit.intValue());
  }
}
