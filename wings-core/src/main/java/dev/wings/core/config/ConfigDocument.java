package dev.wings.core.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.wings.core.WingsException;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;

/// The configuration as a document: reading, completing with defaults, and binding to
/// [WingsConfig]. Unknown members are kept at every level.
final class ConfigDocument {
  /// Maps whose keys the operator chooses: given, they replace the default map instead of being
  /// merged into it.
  private static final Set<String> FREE_MAPS =
      Set.of(
          "api.redirects",
          "docker.registries",
          "docker.container_sysctls",
          "docker.log_config.config",
          "docker.overhead.multipliers",
          "remote_headers",
          "system.backups.restic.environment");

  private static final java.util.List<String> PATHS =
      java.util.List.of(
          "/system/log_directory",
          "/system/data",
          "/system/diffs_directory",
          "/system/vmount_directory",
          "/system/archive_directory",
          "/system/backup_directory",
          "/system/tmp_directory",
          "/system/passwd/directory",
          "/system/backups/restic/repository",
          "/system/backups/restic/password_file",
          "/docker/lxcfs/directory",
          "/tundra/data_directory",
          "/tundra/binary");

  private static final long MIB = 1 << 20;
  private static final int MAX_FILE_BYTES = 2 * (int) MIB;

  private static final YAMLMapper YAML =
      Json.configure(
          YAMLMapper.builder(
                  YAMLFactory.builder()
                      .streamReadConstraints(Json.constraints())
                      .enable(
                          com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                      .build())
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS));

  private ConfigDocument() {}

  /// Every key with its default, in the order in which the file is written.
  static ObjectNode defaults() {
    try (InputStream in = ConfigDocument.class.getResourceAsStream("defaults.yml")) {
      if (in == null) {
        throw new IllegalStateException("defaults.yml is not on the class path");
      }
      return (ObjectNode) YAML.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Parses a configuration file.
  ///
  /// @throws WingsException kind INVALID when it is no YAML mapping
  static ObjectNode parse(byte[] file) {
    if (file.length > MAX_FILE_BYTES) {
      throw WingsException.invalid("configuration is larger than " + MAX_FILE_BYTES + " bytes");
    }
    try {
      JsonNode tree = YAML.readTree(file);
      if (tree == null || tree.isMissingNode() || tree.isNull()) {
        return YAML.createObjectNode();
      }
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw WingsException.invalid("configuration is not a mapping");
    } catch (IOException | RuntimeException malformed) {
      throw malformed instanceof WingsException known
          ? known
          : new WingsException(
              dev.wings.core.ErrorKind.INVALID,
              "cannot parse: " + malformed.getMessage(),
              malformed);
    }
  }

  /// One value as the environment gives it; empty when it is no YAML.
  static java.util.Optional<JsonNode> parseValue(String text) {
    try {
      return java.util.Optional.ofNullable(YAML.readTree(text));
    } catch (IOException | RuntimeException notYaml) {
      return java.util.Optional.empty();
    }
  }

  static byte[] write(ObjectNode document) {
    try {
      return YAML.writeValueAsBytes(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  /// Completes a document with defaults: known keys first and in order, unknown ones kept behind
  /// them. A null counts as absent.
  static ObjectNode complete(ObjectNode given) {
    ObjectNode renamed = LegacyKeys.rename(given.deepCopy());
    return (ObjectNode) complete("", defaults(), renamed);
  }

  private static JsonNode complete(String path, JsonNode standard, JsonNode given) {
    if (given.isNull() || given.isMissingNode()) {
      return standard;
    }
    if (!(standard instanceof ObjectNode defaults)
        || !(given instanceof ObjectNode members)
        || FREE_MAPS.contains(path)) {
      return given;
    }
    ObjectNode result = YAML.createObjectNode();
    for (Map.Entry<String, JsonNode> entry : defaults.properties()) {
      String key = entry.getKey();
      result.set(key, complete(child(path, key), entry.getValue(), members.path(key)));
    }
    for (Map.Entry<String, JsonNode> entry : members.properties()) {
      if (!result.has(entry.getKey())) {
        result.set(entry.getKey(), entry.getValue());
      }
    }
    return result;
  }

  private static String child(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /// RFC 7396.
  static ObjectNode merge(ObjectNode target, ObjectNode patch) {
    for (Map.Entry<String, JsonNode> entry : patch.properties()) {
      JsonNode value = entry.getValue();
      if (value.isNull()) {
        target.remove(entry.getKey());
      } else if (value instanceof ObjectNode object) {
        ObjectNode below =
            target.get(entry.getKey()) instanceof ObjectNode existing
                ? existing
                : target.putObject(entry.getKey());
        merge(below, object);
      } else {
        target.set(entry.getKey(), value);
      }
    }
    return target;
  }

  /// Replaces `{root_directory}` in the path-typed values (`configuration.md` 4); the file keeps
  /// them unresolved.
  private static ObjectNode resolvePaths(ObjectNode document) {
    ObjectNode resolved = document.deepCopy();
    String root = resolved.at("/system/root_directory").asText();
    for (String pointer : PATHS) {
      int cut = pointer.lastIndexOf('/');
      if (resolved.at(pointer.substring(0, cut)) instanceof ObjectNode parent
          && resolved.at(pointer).isTextual()) {
        parent.put(
            pointer.substring(cut + 1),
            resolved.at(pointer).asText().replace("{root_directory}", root));
      }
    }
    return resolved;
  }

  /// Binds a complete document; paths in the result are resolved.
  ///
  /// @throws WingsException kind INVALID naming the key that does not fit
  static WingsConfig bind(ObjectNode document) {
    try {
      return Json.mapper().treeToValue(resolvePaths(document), WingsConfig.class);
    } catch (com.fasterxml.jackson.databind.JsonMappingException misfit) {
      StringBuilder path = new StringBuilder();
      misfit
          .getPath()
          .forEach(part -> path.append(path.isEmpty() ? "" : ".").append(part.getFieldName()));
      throw new WingsException(
          dev.wings.core.ErrorKind.INVALID, path + ": " + misfit.getOriginalMessage(), misfit);
    } catch (JsonProcessingException | IllegalArgumentException misfit) {
      throw new WingsException(
          dev.wings.core.ErrorKind.INVALID, String.valueOf(misfit.getMessage()), misfit);
    }
  }
}
