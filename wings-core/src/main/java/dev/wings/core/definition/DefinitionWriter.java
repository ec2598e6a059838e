package dev.wings.core.definition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.definition.ServerSettings.Features;
import java.util.Collection;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Writes definitions in the Panel's own form (`http-api.md` A.3, A.8): every member of the
/// documented object is present, absent optional values are null; members that only newer Panels
/// know appear when they hold something. What is written reads back as the same record.
public final class DefinitionWriter {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private DefinitionWriter() {}

  /// `{"settings": …, "process_configuration": …}`, as the Panel sends it and the cache keeps it.
  public static ObjectNode definition(ServerDefinition definition) {
    ObjectNode node = NODES.objectNode();
    node.set("settings", settings(definition.settings()));
    node.set("process_configuration", process(definition.process()));
    return node;
  }

  /// The `ServerConfiguration` of `http-api.md` A.3.
  public static ObjectNode settings(ServerSettings settings) {
    ObjectNode node = NODES.objectNode();
    node.put("uuid", settings.uuid().toString());
    node.put("start_on_completion", settings.startOnCompletion());
    node.putObject("meta")
        .put("name", settings.meta().name())
        .put("description", settings.meta().description());
    node.put("suspended", settings.suspended());
    node.put("invocation", settings.invocation());
    node.put("skip_egg_scripts", settings.skipEggScripts());
    node.set("entrypoint", textsOrNull(settings.entrypoint()));
    node.putObject("environment").setAll(settings.environment());
    ObjectNode labels = node.putObject("labels");
    settings.labels().forEach(labels::put);
    node.set("backups", array(settings.backups(), uuid -> NODES.textNode(uuid.toString())));
    node.putArray("schedules").addAll(settings.schedules());
    node.set("allocations", allocations(settings.allocations()));
    node.set("build", build(settings.build()));
    node.set("mounts", array(settings.mounts(), DefinitionWriter::mount));
    if (!settings.devices().isEmpty()) {
      node.set("devices", array(settings.devices(), DefinitionWriter::device));
    }
    if (!settings.firewall().isEmpty()) {
      node.putArray("firewall").addAll(settings.firewall());
    }
    node.putObject("egg")
        .put("id", settings.egg().id().toString())
        .set("file_denylist", array(settings.egg().fileDenylist(), NODES::textNode));
    node.set("container", container(settings.container()));
    node.putObject("auto_kill")
        .put("enabled", settings.autoKill().enabled())
        .put("seconds", settings.autoKill().seconds());
    node.put("auto_start_behavior", settings.autoStartBehavior().wireName());
    addFeatures(node, settings.features());
    return node;
  }

  private static ObjectNode allocations(ServerSettings.Allocations allocations) {
    ObjectNode node = NODES.objectNode();
    node.put("force_outgoing_ip", allocations.forceOutgoingIp());
    ServerSettings.Allocation primary = allocations.defaultAllocation();
    if (primary == null) {
      node.putNull("default");
    } else {
      node.putObject("default").put("ip", primary.ip()).put("port", primary.port());
    }
    ObjectNode mappings = node.putObject("mappings");
    allocations
        .mappings()
        .forEach((ip, ports) -> mappings.set(ip, array(ports, NODES::numberNode)));
    return node;
  }

  private static ObjectNode build(ServerSettings.Build build) {
    ObjectNode node =
        NODES
            .objectNode()
            .put("memory_limit", build.memoryLimit())
            .put("overhead_memory", build.overheadMemory())
            .put("swap", build.swap())
            .put("io_weight", build.ioWeight())
            .put("cpu_limit", build.cpuLimit())
            .put("disk_space", build.diskSpace())
            .put("threads", build.threads())
            .put("oom_disabled", build.oomDisabled());
    ServerSettings.Bandwidth bandwidth = build.bandwidth();
    if (bandwidth != null) {
      node.putObject("bandwidth")
          .put("upload", bandwidth.upload())
          .put("download", bandwidth.download());
    }
    return node;
  }

  private static ObjectNode mount(ServerSettings.Mount mount) {
    return NODES
        .objectNode()
        .put("target", mount.target())
        .put("source", mount.source())
        .put("read_only", mount.readOnly());
  }

  private static ObjectNode device(ServerSettings.Device device) {
    return NODES
        .objectNode()
        .put("target", device.target())
        .put("source", device.source())
        .put("permissions", device.permissions());
  }

  private static ObjectNode container(ServerSettings.ContainerOptions container) {
    ObjectNode node =
        NODES
            .objectNode()
            .put("image", container.image())
            .put("timezone", container.timezone())
            .put("hugepages_passthrough_enabled", container.hugepagesPassthrough())
            .put("kvm_passthrough_enabled", container.kvmPassthrough());
    node.putObject("seccomp")
        .set("remove_allowed", array(container.seccompRemoveAllowed(), NODES::textNode));
    return node;
  }

  private static void addFeatures(ObjectNode settings, Features features) {
    ServerSettings.StartupCpuBoost startup = features.startupCpuBoost();
    ServerSettings.RuntimeCpuBoost runtime = features.runtimeCpuBoost();
    if (startup == null && runtime == null) {
      return;
    }
    ObjectNode node = settings.putObject("features");
    if (startup != null) {
      ObjectNode boost = node.putObject("startup_cpu_boost").put("enabled", startup.enabled());
      putPresent(boost, "timeout", startup.timeout());
    }
    if (runtime != null) {
      ObjectNode boost = node.putObject("runtime_cpu_boost").put("enabled", runtime.enabled());
      putPresent(boost, "threshold", runtime.threshold());
      putPresent(boost, "sustained", runtime.sustained());
      putPresent(boost, "duration", runtime.duration());
      putPresent(boost, "cooldown", runtime.cooldown());
      Double multiple = runtime.multiple();
      if (multiple != null) {
        boost.put("multiple", multiple);
      }
    }
  }

  private static void putPresent(ObjectNode node, String name, @Nullable Long value) {
    if (value != null) {
      node.put(name, value);
    }
  }

  /// The `ProcessConfiguration` of `http-api.md` A.3.
  public static ObjectNode process(ProcessConfiguration process) {
    ObjectNode node = NODES.objectNode();
    ObjectNode startup = node.putObject("startup");
    startup.set("done", textsOrNull(process.startup().done()));
    startup.put("strip_ansi", process.startup().stripAnsi());
    node.putObject("stop").put("type", process.stop().type()).put("value", process.stop().value());
    node.set("configs", array(process.configs(), DefinitionWriter::configFile));
    return node;
  }

  private static ObjectNode configFile(ProcessConfiguration.ConfigFile config) {
    ObjectNode node =
        NODES
            .objectNode()
            .put("file", config.file())
            .put("create_new", config.createNew())
            .put("parser", config.parser());
    node.set("replace", array(config.replacements(), DefinitionWriter::replacement));
    return node;
  }

  private static ObjectNode replacement(ProcessConfiguration.Replacement replacement) {
    ObjectNode node =
        NODES
            .objectNode()
            .put("match", replacement.match())
            .put("insert_new", replacement.insertNew())
            .put("update_existing", replacement.updateExisting())
            .put("if_value", replacement.ifValue());
    node.set("replace_with", replacement.replaceWith());
    return node;
  }

  /// The `InstallationScript` of `http-api.md` A.8.
  public static ObjectNode script(InstallationScript script) {
    ObjectNode node =
        NODES
            .objectNode()
            .put("container_image", script.containerImage())
            .put("entrypoint", script.entrypoint())
            .put("script", script.script());
    node.putObject("environment").setAll(script.environment());
    return node;
  }

  private static JsonNode textsOrNull(@Nullable Collection<String> texts) {
    return texts == null ? NODES.nullNode() : array(texts, NODES::textNode);
  }

  private static <T> ArrayNode array(Collection<T> elements, Function<T, JsonNode> convert) {
    ArrayNode array = NODES.arrayNode(elements.size());
    elements.forEach(element -> array.add(convert.apply(element)));
    return array;
  }
}
