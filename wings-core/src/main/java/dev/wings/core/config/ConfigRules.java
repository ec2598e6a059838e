package dev.wings.core.config;

import dev.wings.core.WingsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Validation (`configuration.md` 8).
final class ConfigRules {
  private ConfigRules() {}

  /// @return warnings
  /// @throws WingsException kind INVALID naming the key
  static List<String> check(WingsConfig config, boolean checkUser) {
    if (!config.remote().startsWith("http://") && !config.remote().startsWith("https://")) {
      throw WingsException.invalid("remote: must be the http:// or https:// address of the panel");
    }
    SystemConfig system = config.system();
    if (checkUser && (system.user().uid() == 0 || system.user().gid() == 0)) {
      throw WingsException.invalid(
          "system.user: uid and gid must not be 0, containers never run as root");
    }
    directories(system).forEach(ConfigRules::checkDirectory);
    return warnings(config);
  }

  private static Map<String, String> directories(SystemConfig system) {
    return Map.of(
        "system.root_directory", system.rootDirectory(),
        "system.log_directory", system.logDirectory(),
        "system.data", system.data(),
        "system.diffs_directory", system.diffsDirectory(),
        "system.vmount_directory", system.vmountDirectory(),
        "system.archive_directory", system.archiveDirectory(),
        "system.backup_directory", system.backupDirectory(),
        "system.tmp_directory", system.tmpDirectory());
  }

  private static void checkDirectory(String key, String path) {
    if (path.replaceAll("[/.]", "").isEmpty()) {
      throw WingsException.invalid(key + ": '" + path + "' names no directory");
    }
  }

  private static List<String> warnings(WingsConfig config) {
    List<String> warnings = new ArrayList<>();
    if (config.api().sendOfflineServerLogs() && config.docker().deleteContainerOnStop()) {
      warnings.add(
          "api.send_offline_server_logs has no effect with docker.delete_container_on_stop");
    }
    DockerConfig.Network network = config.docker().network();
    if (network.mode().equals("calagopus_nw") && !network.name().equals("calagopus_nw")) {
      warnings.add(
          "docker.network.mode still names calagopus_nw although docker.network.name was changed");
    }
    return warnings;
  }
}
