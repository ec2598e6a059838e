package dev.wings.core.egg;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.definition.ServerSettings;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `{{…}}` in replacement values (`panel-remote-api.md` 6.3). Values come from the server's
/// definition and from one network value of the node, from nowhere else (`threats.md` CP-04).
final class Placeholders {
  private static final Logger log = LoggerFactory.getLogger(Placeholders.class);

  private final ServerDefinition definition;
  private final String dockerInterface;

  Placeholders(ServerDefinition definition, String dockerInterface) {
    this.definition = definition;
    this.dockerInterface = dockerInterface;
  }

  /// A replacement as text.
  String text(JsonNode value) {
    if (value.isTextual()) {
      return resolve(value.asText());
    }
    return value.isNull() ? "" : value.isContainerNode() ? value.toString() : value.asText();
  }

  String resolve(String text) {
    StringBuilder result = new StringBuilder();
    int at = 0;
    while (true) {
      int open = text.indexOf("{{", at);
      int close = open < 0 ? -1 : text.indexOf("}}", open + 2);
      if (close < 0) {
        return result.append(text, at, text.length()).toString();
      }
      result.append(text, at, open).append(value(text.substring(open + 2, close).strip()));
      at = close + 2;
      if (result.length() > EggConfigFiles.MAX_BYTES) {
        throw new WingsException(ErrorKind.LIMIT, "a value is larger than 1 MiB");
      }
    }
  }

  private String value(String path) {
    if (path.equals("config.docker.interface") || path.equals("config.docker.network.interface")) {
      return dockerInterface;
    }
    if (path.startsWith("config.")) {
      return "{{" + path + "}}";
    }
    String[] parts = path.split("\\.", -1);
    for (String prefix :
        List.of(
            "env.",
            "environment.",
            "server.env.",
            "server.environment.",
            "server.build.env.",
            "server.build.environment.")) {
      if (path.startsWith(prefix)) {
        return environment(path.substring(prefix.length()).split("\\.", -1)[0]);
      }
    }
    if (path.startsWith("server.labels.")) {
      return definition
          .settings()
          .labels()
          .getOrDefault(path.substring("server.labels.".length()), "");
    }
    if (path.startsWith("server.mounts.") && parts.length == 4) {
      return mount(parts[2], parts[3]);
    }
    return server(path);
  }

  private String environment(String name) {
    JsonNode value = definition.settings().environment().get(name);
    if (value == null) {
      log.atDebug().addKeyValue("variable", name).log("a placeholder names an unknown variable");
      return "";
    }
    return value.isTextual() ? value.asText() : value.toString();
  }

  private String mount(String index, String member) {
    List<ServerSettings.Mount> mounts = definition.settings().mounts();
    if (!index.matches("\\d{1,4}") || Integer.parseInt(index) >= mounts.size()) {
      return "";
    }
    ServerSettings.Mount mount = mounts.get(Integer.parseInt(index));
    return switch (member) {
      case "source" -> mount.source();
      case "target" -> mount.target();
      case "read_only" -> String.valueOf(mount.readOnly());
      default -> "";
    };
  }

  private String server(String path) {
    ServerSettings s = definition.settings();
    ServerSettings.Build b = s.build();
    return switch (path) {
      case "server.build.memory", "server.build.memory_limit" -> String.valueOf(b.memoryLimit());
      case "server.build.overhead_memory" -> String.valueOf(b.overheadMemory());
      case "server.build.swap" -> String.valueOf(b.swap());
      case "server.build.io", "server.build.io_weight" ->
          b.ioWeight() == null ? "500" : String.valueOf(b.ioWeight());
      case "server.build.cpu", "server.build.cpu_limit" -> String.valueOf(b.cpuLimit());
      case "server.build.disk", "server.build.disk_space" -> String.valueOf(b.diskSpace());
      case "server.build.threads" -> b.threads() == null ? "" : b.threads();
      case "server.build.oom_disabled" -> String.valueOf(b.oomDisabled());
      case "server.build.oom_killer" -> String.valueOf(!b.oomDisabled());
      case "server.build.image", "server.container.image" -> s.container().image();
      case "server.build.default.ip", "server.allocations.default.ip" ->
          s.allocations().primary().map(ServerSettings.Allocation::ip).orElse("");
      case "server.build.default.port", "server.allocations.default.port" ->
          s.allocations().primary().map(a -> String.valueOf(a.port())).orElse("");
      case "server.allocations.force_outgoing_ip" ->
          String.valueOf(s.allocations().forceOutgoingIp());
      case "server.uuid" -> s.uuid().toString();
      case "server.suspended" -> String.valueOf(s.suspended());
      case "server.invocation" -> s.invocation();
      case "server.skip_egg_scripts", "server.service.skip_scripts" ->
          String.valueOf(s.skipEggScripts());
      case "server.meta.name" -> s.meta().name();
      case "server.meta.description" -> s.meta().description();
      case "server.egg.id", "server.service.egg" -> s.egg().id().toString();
      case "server.rebuild", "server.container.requires_rebuild" -> "false";
      default -> {
        log.atDebug().addKeyValue("placeholder", path).log("a placeholder is unknown");
        yield "";
      }
    };
  }
}
