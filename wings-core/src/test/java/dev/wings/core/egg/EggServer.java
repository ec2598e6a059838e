package dev.wings.core.egg;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.definition.ProcessConfiguration;
import dev.wings.core.definition.ProcessConfiguration.ConfigFile;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.definition.ServerSettings;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// A server directory and a definition to rewrite files with.
final class EggServer {
  static final String DOCKER_INTERFACE = "172.18.0.1";

  final Path root;
  final Map<String, JsonNode> environment = new LinkedHashMap<>();
  int port = 25565;

  EggServer(Path root) {
    this.root = root;
  }

  EggServer variable(String name, String value) {
    environment.put(name, TextNode.valueOf(value));
    return this;
  }

  /// Writes the content, rewrites it and returns the new content; fails on any problem.
  String rewritten(String parser, String content, Replacement... replacements) {
    put("config", content);
    List<String> problems = rewrite(file("config", parser, replacements));
    if (!problems.isEmpty()) {
      throw new AssertionError(problems.toString());
    }
    return get("config");
  }

  List<String> rewrite(ConfigFile... files) {
    return new EggConfigFiles().rewrite(root, definition(files), DOCKER_INTERFACE);
  }

  void put(String name, String content) {
    try {
      Files.writeString(root.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String get(String name) {
    try {
      return Files.readString(root.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ConfigFile file(String name, String parser, Replacement... replacements) {
    return new ConfigFile(name, true, parser, List.of(replacements));
  }

  static Replacement replace(String match, String value) {
    return new Replacement(match, TextNode.valueOf(value), null, null, true);
  }

  static Replacement replace(String match, int value) {
    return new Replacement(match, IntNode.valueOf(value), null, null, true);
  }

  static Replacement replaceIf(String match, String ifValue, String value) {
    return new Replacement(match, TextNode.valueOf(value), ifValue, null, true);
  }

  static Replacement insert(String match, String value, boolean insertNew) {
    return new Replacement(match, TextNode.valueOf(value), null, insertNew, true);
  }

  static Replacement keep(String match, String value) {
    return new Replacement(match, TextNode.valueOf(value), null, null, false);
  }

  ServerDefinition definition(ConfigFile... files) {
    var settings =
        new ServerSettings(
            UUID.fromString("11111111-1111-4111-8111-111111111111"),
            null,
            new ServerSettings.Meta("My Server", "A description"),
            /* suspended= */ false,
            "java -jar x",
            /* skipEggScripts= */ true,
            null,
            new LinkedHashMap<>(environment),
            Map.of("a.b", "label"),
            new ArrayList<>(),
            new ArrayList<>(),
            new ServerSettings.Allocations(
                true, new ServerSettings.Allocation("10.9.8.7", port), Map.of()),
            new ServerSettings.Build(2048, 128, -1, null, 150, 4096, null, true, null),
            List.of(new ServerSettings.Mount("/src", "/dst", true)),
            List.of(),
            List.of(),
            new ServerSettings.Egg(
                UUID.fromString("22222222-2222-4222-8222-222222222222"), List.of()),
            new ServerSettings.ContainerOptions("img:1~", null, false, false, List.of()),
            new ServerSettings.AutoKill(false, 0),
            ServerSettings.AutoStart.NEVER,
            new ServerSettings.Features(null, null));
    var process =
        new ProcessConfiguration(
            new ProcessConfiguration.Startup(null, false),
            new ProcessConfiguration.Stop("command", null),
            List.of(files));
    return new ServerDefinition(settings, process);
  }

  static JsonNode json(String text) {
    try {
      return Json.mapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
