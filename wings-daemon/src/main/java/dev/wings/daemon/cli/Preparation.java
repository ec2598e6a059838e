package dev.wings.daemon.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.SystemPaths;
import dev.wings.core.config.WingsConfig;
import dev.wings.daemon.log.Logging;
import dev.wings.daemon.setup.Directories;
import dev.wings.daemon.setup.PasswdFiles;
import dev.wings.daemon.setup.SystemUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens between reading the configuration and starting the daemon (`configuration.md` 3
/// steps 5 to 12).
final class Preparation {
  private static final Logger log = LoggerFactory.getLogger(Preparation.class);

  private Preparation() {}

  static void prepare(ConfigStore store, Map<String, String> environment, boolean debug)
      throws IOException {
    WingsConfig config = store.current();
    SystemPaths paths = SystemPaths.of(config.system());
    Directories.create(paths);
    Logging.start(paths.log(), debug || config.debug());
    SystemUser user =
        SystemUser.resolve(config.system(), environment, Path.of("/etc/passwd"), SystemUser.HOST);
    store.update(document -> complete(document, user, config, environment, debug));
    if (config.system().passwd().enabled()) {
      PasswdFiles.write(
          SystemPaths.resolve(
              config.system().rootDirectory(), config.system().passwd().directory()),
          user);
    }
    List<String> warnings = store.validate();
    warnings.forEach(log::warn);
    store
        .overrides()
        .applied()
        .forEach(line -> log.atInfo().addKeyValue("override", line).log("environment applied"));
    store
        .overrides()
        .unknown()
        .forEach(name ->
            log.atWarn().addKeyValue("variable", name).log("environment variable matches no key"));
  }

  private static void complete(
      ObjectNode document,
      SystemUser user,
      WingsConfig config,
      Map<String, String> environment,
      boolean debug) {
    ObjectNode system = (ObjectNode) document.get("system");
    system.put("username", user.name());
    ((ObjectNode) system.get("user")).put("uid", user.uid()).put("gid", user.gid());
    if (config.system().timezone().isEmpty()) {
      system.put("timezone", timezone(environment));
    }
    var rootless = config.system().user().rootless();
    if (rootless.enabled() && config.docker().usernsMode().isEmpty()) {
      ((ObjectNode) document.get("docker"))
          .put(
              "userns_mode",
              "keep-id:uid=" + rootless.containerUid() + ",gid=" + rootless.containerGid());
    }
    if (debug) {
      document.put("debug", true);
    }
  }

  private static String timezone(Map<String, String> environment) {
    String variable = environment.getOrDefault("TZ", "");
    if (!variable.isEmpty()) {
      return variable;
    }
    try {
      String file =
          Files.readString(Path.of("/etc/timezone")).lines().findFirst().orElse("").strip();
      if (!file.isEmpty()) {
        return file;
      }
    } catch (IOException absent) {
      log.debug("no /etc/timezone, the current offset is used");
    }
    return OffsetDateTime.now(java.time.Clock.systemDefaultZone()).getOffset().getId();
  }
}
