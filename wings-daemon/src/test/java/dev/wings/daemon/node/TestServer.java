package dev.wings.daemon.node;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.util.UUID;

/// Definitions of servers that run the demo game, as the Panel sends them.
final class TestServer {
  private TestServer() {}

  static ObjectNode definition(UUID id) {
    ObjectNode root = Json.mapper().createObjectNode();
    ObjectNode settings = root.putObject("settings");
    settings.put("uuid", id.toString());
    settings.putNull("start_on_completion");
    settings.putObject("meta").put("name", "Demo").put("description", "");
    settings.put("suspended", false).put("invocation", "/demo/game").put("skip_egg_scripts", false);
    settings.putNull("entrypoint");
    settings.putObject("environment").put("MOTD", "hello world").put("BOOT_SECONDS", "0");
    settings.putObject("labels");
    settings.putArray("backups");
    settings.putArray("schedules");
    ObjectNode allocations = settings.putObject("allocations");
    allocations.put("force_outgoing_ip", false).putNull("default");
    allocations.putObject("mappings");
    settings
        .putObject("build")
        .put("memory_limit", 128)
        .put("overhead_memory", 0)
        .put("swap", 0)
        .putNull("io_weight")
        .put("cpu_limit", 0)
        .put("disk_space", 1024)
        .putNull("threads")
        .put("oom_disabled", false);
    settings.putArray("mounts");
    settings.putObject("egg").put("id", UUID.randomUUID().toString()).putArray("file_denylist");
    ObjectNode container = settings.putObject("container");
    container.put("image", Engine.IMAGE + "~").putNull("timezone");
    container.put("hugepages_passthrough_enabled", false).put("kvm_passthrough_enabled", false);
    container.putObject("seccomp").putArray("remove_allowed");
    settings.putObject("auto_kill").put("enabled", false).put("seconds", 30);
    settings.put("auto_start_behavior", "unless_stopped");
    ObjectNode process = root.putObject("process_configuration");
    process.putObject("startup").put("strip_ansi", false).putArray("done").add("Ready to play");
    process.putObject("stop").put("type", "command").put("value", "stop");
    ObjectNode file = process.putArray("configs").addObject();
    file.put("file", "server.properties").put("create_new", true).put("parser", "properties");
    ObjectNode replacement = file.putArray("replace").addObject();
    replacement.put("match", "motd").put("replace_with", "{{env.MOTD}}");
    replacement.put("insert_new", true).put("update_existing", true).putNull("if_value");
    return root;
  }

  /// An installation script that leaves traces in the volume.
  static ObjectNode script(String text) {
    ObjectNode script = Json.mapper().createObjectNode();
    script.put("container_image", Engine.IMAGE + "~").put("entrypoint", "sh").put("script", text);
    script.putObject("environment").put("EDITION", "demo");
    return script;
  }
}
