package dev.wings.docker.internal.container;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.definition.ServerSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The environment of a container (`containers.md` 12). Values are data: nothing here expands,
/// quotes or shells out. A variable that no process could receive is left out with a warning, since
/// the kernel would otherwise refuse to run anything at all.
final class Environment {
  private static final int MAX_ENTRY = 128 * 1024 - 1; // MAX_ARG_STRLEN less the final NUL

  private final Map<String, String> variables = new LinkedHashMap<>();
  private final Consumer<String> warnings;

  private Environment(Consumer<String> warnings) {
    this.warnings = warnings;
  }

  static Environment of(ServerSettings settings, SystemConfig system, Consumer<String> warnings) {
    Environment environment = new Environment(warnings);
    environment.putAll(settings.environment());
    String timezone = settings.container().timezone();
    environment.put("TZ", timezone == null ? system.timezone() : timezone);
    environment.put("STARTUP", settings.invocation());
    environment.put("SERVER_MEMORY", Long.toString(settings.build().memoryLimit()));
    settings
        .allocations()
        .primary()
        .ifPresent(allocation -> {
          environment.put("SERVER_IP", allocation.ip());
          environment.put("SERVER_PORT", Integer.toString(allocation.port()));
        });
    return environment;
  }

  void putAll(Map<String, JsonNode> values) {
    values.forEach(
        (name, value) -> put(name, value.isTextual() ? value.asText() : value.toString()));
  }

  void put(String name, String value) {
    if (name.isEmpty()
        || name.indexOf('=') >= 0
        || name.chars().anyMatch(c -> c < ' ')
        || value.indexOf('\0') >= 0) {
      warnings.accept("environment variable left out: its name or value is not possible");
    } else if (utf8Length(name) + 1 + utf8Length(value) > MAX_ENTRY) {
      warnings.accept("environment variable " + name + " left out: longer than 128 KiB");
    } else {
      variables.put(name, value);
    }
  }

  /// `NAME=value` each, in the order of their first appearance.
  List<String> entries() {
    return variables.entrySet().stream()
        .map(variable -> variable.getKey() + "=" + variable.getValue())
        .toList();
  }

  private static int utf8Length(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
  }
}
