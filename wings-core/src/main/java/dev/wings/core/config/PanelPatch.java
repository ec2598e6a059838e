package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/// What a Panel may not change (`configuration.md` 9.2, `http-api.md` 6.4, `threats.md` CF-05).
final class PanelPatch {
  static final List<String> FORBIDDEN =
      List.of(
          "uuid",
          "token",
          "token_id",
          "remote",
          "remote_headers",
          "system.root_directory",
          "system.log_directory",
          "system.data",
          "system.diffs_directory",
          "system.vmount_directory",
          "system.archive_directory",
          "system.backup_directory",
          "system.tmp_directory",
          "system.passwd",
          "system.username",
          "system.user",
          "system.backups.restic.repository",
          "system.backups.restic.password_file",
          "system.backups.mounting.path",
          "docker.socket",
          "docker.lxcfs.directory",
          "tundra.data_directory",
          "tundra.binary",
          "tundra.image",
          "tundra.source_image",
          "allowed_mounts",
          "allowed_devices",
          "ignore_panel_config_updates",
          "ignore_panel_wings_upgrades",
          "api.host",
          "api.port",
          "api.ssl",
          "api.trusted_proxies",
          "api.disable_remote_download",
          "api.remote_download_blocked_cidrs",
          "api.schedule.steps.http_request");

  private PanelPatch() {}

  /// Removes forbidden paths, unknown keys (a new key is refused until somebody lists it) and
  /// parents that are no objects, which would reset what is below them.
  ///
  /// @return the dotted paths that were removed
  static List<String> strip(ObjectNode patch) {
    List<String> refused = new ArrayList<>();
    for (String path : FORBIDDEN) {
      remove(patch, path.split("\\."), path, refused);
    }
    removeUnknown(patch, ConfigDocument.defaults(), "", refused);
    return List.copyOf(refused);
  }

  private static void remove(ObjectNode patch, String[] keys, String path, List<String> refused) {
    ObjectNode object = patch;
    for (int i = 0; i < keys.length; i++) {
      JsonNode value = object.get(keys[i]);
      if (value == null) {
        return;
      }
      if (i == keys.length - 1 || !(value instanceof ObjectNode below)) {
        object.remove(keys[i]);
        refused.add(path);
        return;
      }
      object = below;
    }
  }

  private static void removeUnknown(
      ObjectNode patch, ObjectNode schema, String prefix, List<String> refused) {
    for (String key :
        List.copyOf(patch.propertyStream().map(java.util.Map.Entry::getKey).toList())) {
      JsonNode known = schema.get(key);
      boolean legacy = prefix.equals("api.") && key.equals("server_remote_download_limit");
      if (known == null && !legacy) {
        patch.remove(key);
        refused.add(prefix + key);
      } else if (known instanceof ObjectNode below
          && !below.isEmpty()
          && !(prefix + key).equals("docker.log_config.config")
          && patch.get(key) instanceof ObjectNode child) {
        removeUnknown(child, below, prefix + key + ".", refused);
      }
    }
  }
}
