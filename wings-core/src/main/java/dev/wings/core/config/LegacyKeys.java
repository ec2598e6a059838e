package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Keys of older and of Pterodactyl's files (`configuration.md` 3 step 3, 11).
final class LegacyKeys {
  private LegacyKeys() {}

  static ObjectNode rename(ObjectNode document) {
    if (document.get("api") instanceof ObjectNode api) {
      moveDownloadLimit(document, api);
    }
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

  private static void moveDownloadLimit(ObjectNode document, ObjectNode api) {
    JsonNode limit = api.remove("server_remote_download_limit");
    if (limit == null || !limit.canConvertToInt()) {
      return;
    }
    if (limit.asInt() == 0) {
      api.put("disable_remote_download", true);
    } else {
      ObjectNode limits =
          document.get("limits") instanceof ObjectNode present
              ? present
              : document.putObject("limits");
      limits.set("server_concurrent_pulls", limit);
    }
  }
}
