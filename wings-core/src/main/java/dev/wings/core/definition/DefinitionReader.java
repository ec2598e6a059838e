package dev.wings.core.definition;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.ConfigFile;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import dev.wings.core.definition.ServerSettings.Allocation;
import dev.wings.core.definition.ServerSettings.Allocations;
import dev.wings.core.definition.ServerSettings.AutoKill;
import dev.wings.core.definition.ServerSettings.AutoStart;
import dev.wings.core.definition.ServerSettings.Bandwidth;
import dev.wings.core.definition.ServerSettings.Build;
import dev.wings.core.definition.ServerSettings.ContainerOptions;
import dev.wings.core.definition.ServerSettings.Device;
import dev.wings.core.definition.ServerSettings.Egg;
import dev.wings.core.definition.ServerSettings.Features;
import dev.wings.core.definition.ServerSettings.Meta;
import dev.wings.core.definition.ServerSettings.Mount;
import dev.wings.core.definition.ServerSettings.RuntimeCpuBoost;
import dev.wings.core.definition.ServerSettings.StartupCpuBoost;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Makes definitions of what a Panel sends (`panel-remote-api.md` 3 and 5), from a tree, so JSON,
/// MessagePack and YAML alike.
///
/// Lenient where a newer, older or Pterodactyl Panel may differ: absent, null and unusable members
/// take their defaults, unknown ones are ignored, scalars are converted, and PHP's `[]` counts as
/// an empty map. Strict where a wrong value would act on the wrong thing or break the container:
/// the server's uuid, names of variables, and the size of labels.
public final class DefinitionReader {
  /// Most MiB that a limit can have, so that its bytes still fit a `long`.
  static final long MAX_MEBIBYTES = Long.MAX_VALUE >> 20;

  private static final UUID NO_EGG = new UUID(0, 0);
  private static final int MAX_NAME_BYTES = 256;
  private static final int MAX_VALUE_BYTES = 128 << 10; // MAX_ARG_STRLEN of Linux
  private static final int MAX_LABEL_BYTES = 4096;
  private static final int MAX_LABELS = 256;

  private DefinitionReader() {}

  /// Reads `{"settings": …, "process_configuration": …}`.
  ///
  /// @throws WingsException kind INVALID, naming the server (when it can be told) and the member
  public static ServerDefinition read(JsonNode entry) {
    try {
      return new ServerDefinition(
          settings(entry.path("settings")), process(entry.path("process_configuration")));
    } catch (WingsException e) {
      String server = entry.path("settings").path("uuid").asText();
      if (server.isEmpty()) {
        server = entry.path("uuid").asText("unknown");
      }
      throw new WingsException(
          e.kind(), "definition of server " + shorten(server) + ": " + e.getMessage(), e);
    }
  }

  /// Reads a `settings` object.
  ///
  /// @throws WingsException kind INVALID, naming the member
  public static ServerSettings settings(JsonNode node) {
    if (!node.isObject()) {
      throw WingsException.invalid("settings is not an object");
    }
    Members settings = new Members(node, "settings");
    Members meta = settings.object("meta");
    Members egg = settings.object("egg");
    UUID eggId = Members.toUuid(egg.node().path("id"));
    Members autoKill = settings.object("auto_kill");
    return new ServerSettings(
        settings.uuid("uuid"),
        settings.boolOrNull("start_on_completion"),
        new Meta(meta.text("name", ""), meta.text("description", "")),
        settings.bool("suspended", false),
        settings.text("invocation", ""),
        settings.bool("skip_egg_scripts", false),
        settings.node().path("entrypoint").isArray()
            ? settings.list("entrypoint", Members::toText)
            : null,
        environment(settings),
        labels(settings),
        settings.list("backups", Members::toUuid),
        settings.list("schedules", element -> element.isObject() ? element : null),
        allocations(settings.object("allocations")),
        build(settings.object("build"), settings.object("container")),
        settings.list("mounts", DefinitionReader::mount),
        settings.list("devices", DefinitionReader::device),
        settings.list("firewall", element -> element.isObject() ? element : null),
        new Egg(eggId == null ? NO_EGG : eggId, egg.list("file_denylist", Members::toText)),
        container(settings.object("container")),
        new AutoKill(autoKill.bool("enabled", false), Math.max(0, autoKill.integer("seconds", 0))),
        autoStart(settings.text("auto_start_behavior", "")),
        features(settings.object("features")));
  }

  private static Map<String, JsonNode> environment(Members owner) {
    return owner.map(
        "environment",
        (variables, entry) -> {
          checkVariable(owner.path() + ".environment", entry.getKey(), entry.getValue());
          variables.put(entry.getKey(), entry.getValue());
        });
  }

  private static void checkVariable(String path, String name, JsonNode value) {
    if (name.isEmpty() || name.getBytes(UTF_8).length > MAX_NAME_BYTES) {
      throw WingsException.invalid(path + " has a name that is empty or too long");
    }
    if (name.chars().anyMatch(c -> c <= ' ' || c == '=' || c == 0x7f)) {
      throw WingsException.invalid(
          path + " has a name with a blank, control character or equals sign");
    }
    String text = value.isTextual() ? value.textValue() : value.toString();
    if (text.indexOf('\0') >= 0) {
      throw WingsException.invalid(path + "." + name + " holds a NUL character");
    }
    if (name.length() + text.getBytes(UTF_8).length > MAX_VALUE_BYTES - 8) {
      throw WingsException.invalid(path + "." + name + " is longer than 128 KiB");
    }
  }

  private static Map<String, String> labels(Members settings) {
    if (settings.node().path("labels").size() > MAX_LABELS) {
      throw WingsException.invalid("settings.labels has more than " + MAX_LABELS + " entries");
    }
    return settings.map(
        "labels",
        (labels, entry) -> {
          String value = Members.toText(entry.getValue());
          if (value == null) {
            return;
          }
          if (entry.getKey().isEmpty() || entry.getKey().getBytes(UTF_8).length > MAX_NAME_BYTES) {
            throw WingsException.invalid("settings.labels has a key that is empty or too long");
          }
          if (value.getBytes(UTF_8).length > MAX_LABEL_BYTES) {
            throw WingsException.invalid("settings.labels has a value longer than 4 KiB");
          }
          labels.put(entry.getKey(), value);
        });
  }

  private static Allocations allocations(Members allocations) {
    Members primary = allocations.object("default");
    String ip = primary.text("ip", "");
    Integer port = port(primary.node().path("port"));
    return new Allocations(
        allocations.bool("force_outgoing_ip", false),
        ip.isBlank() || port == null ? null : new Allocation(ip, port),
        allocations.map(
            "mappings",
            (mappings, entry) ->
                mappings.put(
                    entry.getKey(),
                    new Members(allocations.node().path("mappings"), "mappings")
                        .list(entry.getKey(), DefinitionReader::port))));
  }

  private static @Nullable Integer port(JsonNode node) {
    Long port = Members.toLong(node);
    return port == null || port < 1 || port > 65535 ? null : port.intValue();
  }

  private static Build build(Members build, Members container) {
    Long weight = build.integerOrNull("io_weight");
    return new Build(
        mebibytes(build, "memory_limit"),
        mebibytes(build, "overhead_memory"),
        mebibytes(build, "swap"),
        weight == null || weight <= 0 ? null : (int) Math.min(weight, 65535),
        build.integer("cpu_limit", 0),
        Math.max(0, mebibytes(build, "disk_space")),
        build.textOrNull("threads"),
        build.bool("oom_disabled", container.bool("oom_disabled", false)),
        bandwidth(build));
  }

  private static long mebibytes(Members build, String name) {
    return Math.clamp(build.integer(name, 0), -MAX_MEBIBYTES, MAX_MEBIBYTES);
  }

  private static @Nullable Bandwidth bandwidth(Members build) {
    Members bandwidth = build.object("bandwidth");
    return bandwidth.node().isObject()
        ? new Bandwidth(bandwidth.integer("upload", 0), bandwidth.integer("download", 0))
        : null;
  }

  private static @Nullable Mount mount(JsonNode node) {
    Members mount = new Members(node, "mounts");
    String source = mount.text("source", "");
    String target = mount.text("target", "");
    return source.isEmpty() || target.isEmpty()
        ? null
        : new Mount(source, target, mount.bool("read_only", false));
  }

  private static @Nullable Device device(JsonNode node) {
    Members device = new Members(node, "devices");
    String source = device.text("source", "");
    String target = device.text("target", "");
    return source.isEmpty() || target.isEmpty()
        ? null
        : new Device(source, target, device.text("permissions", "rwm"));
  }

  private static ContainerOptions container(Members container) {
    return new ContainerOptions(
        container.text("image", ""),
        container.textOrNull("timezone"),
        container.bool("hugepages_passthrough_enabled", false),
        container.bool("kvm_passthrough_enabled", false),
        container.object("seccomp").list("remove_allowed", Members::toText));
  }

  private static AutoStart autoStart(String wireName) {
    for (AutoStart behavior : AutoStart.values()) {
      if (behavior.wireName().equals(wireName)) {
        return behavior;
      }
    }
    return AutoStart.UNLESS_STOPPED;
  }

  private static Features features(Members features) {
    Members startup = features.object("startup_cpu_boost");
    Members runtime = features.object("runtime_cpu_boost");
    return new Features(
        startup.node().isObject()
            ? new StartupCpuBoost(startup.bool("enabled", false), startup.integerOrNull("timeout"))
            : null,
        runtime.node().isObject()
            ? new RuntimeCpuBoost(
                runtime.bool("enabled", false),
                runtime.integerOrNull("threshold"),
                runtime.integerOrNull("sustained"),
                runtime.integerOrNull("duration"),
                runtime.integerOrNull("cooldown"),
                runtime.realOrNull("multiple"))
            : null);
  }

  /// Reads a `process_configuration` object; anything that is none gives the defaults.
  public static ProcessConfiguration process(JsonNode node) {
    Members process = new Members(node, "process_configuration");
    Members startup = process.object("startup");
    Members stop = process.object("stop");
    return new ProcessConfiguration(
        new ProcessConfiguration.Startup(done(startup), startup.bool("strip_ansi", false)),
        new ProcessConfiguration.Stop(stop.text("type", ""), stop.textOrNull("value")),
        process.list("configs", DefinitionReader::configFile));
  }

  private static @Nullable List<String> done(Members startup) {
    JsonNode done = startup.node().path("done");
    if (done.isTextual()) { // older eggs hold a single text
      return List.of(done.textValue());
    }
    return done.isContainerNode() ? startup.list("done", Members::toText) : null;
  }

  private static @Nullable ConfigFile configFile(JsonNode node) {
    Members config = new Members(node, "configs");
    String file = config.text("file", "");
    return file.isBlank()
        ? null
        : new ConfigFile(
            file,
            config.bool("create_new", true),
            config.text("parser", ""),
            config.list("replace", DefinitionReader::replacement));
  }

  private static @Nullable Replacement replacement(JsonNode node) {
    Members replacement = new Members(node, "replace");
    String match = replacement.textOrNull("match");
    JsonNode value = node.has("replace_with") ? node.path("replace_with") : node.path("value");
    return match == null || value.isMissingNode()
        ? null
        : new Replacement(
            match,
            value,
            replacement.textOrNull("if_value"),
            replacement.boolOrNull("insert_new"),
            replacement.bool("update_existing", true));
  }

  /// Reads an installation or one-off script (`panel-remote-api.md` 2.4): a script that is no
  /// string is empty.
  ///
  /// @throws WingsException kind INVALID when the image is missing or a variable is malformed
  public static InstallationScript script(JsonNode node) {
    Members script = new Members(node, "script");
    String image = script.text("container_image", "");
    if (image.isBlank()) {
      throw WingsException.invalid("script.container_image is missing");
    }
    JsonNode text = node.path("script");
    return new InstallationScript(
        image,
        script.text("entrypoint", ""),
        text.isTextual() ? text.textValue() : "",
        environment(script));
  }

  private static String shorten(String text) {
    return text.length() <= 64 ? text : text.substring(0, 64) + "…";
  }
}
