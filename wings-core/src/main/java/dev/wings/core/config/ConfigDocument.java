package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The configuration as a document: completing with defaults, merging, comparing, and binding to
/// [WingsConfig]. Unknown members are kept at every level.
final class ConfigDocument {
  private ConfigDocument() {}

  /// Every key with its default, in the order in which the file is written.
  static ObjectNode defaults() {
    try (InputStream in = ConfigDocument.class.getResourceAsStream("defaults.yml")) {
      if (in == null) {
        throw new IllegalStateException("defaults.yml is not on the class path");
      }
      return ConfigText.parse(in.readAllBytes()).tree();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One value as the environment gives it.
  ///
  /// @throws WingsException kind INVALID when it is no YAML
  static JsonNode parseValue(String path, String text, @Nullable Shape shape) {
    YamlNode value = YamlParser.parse(text);
    return value == null ? NullNode.instance : YamlTree.of(path, value, shape);
  }

  /// Completes a document with defaults: known keys first and in order, unknown ones kept behind
  /// them. A null counts as absent.
  ///
  /// @throws WingsException kind INVALID when a key of an older daemon has no usable value
  static ObjectNode complete(ObjectNode given) {
    ObjectNode renamed = LegacyKeys.rename(given.deepCopy());
    return (ObjectNode) complete(ConfigSchema.root(), defaults(), renamed);
  }

  private static JsonNode complete(Shape shape, JsonNode standard, JsonNode given) {
    if (given.isNull() || given.isMissingNode()) {
      return standard;
    }
    if (!(shape instanceof Shape.Section section) || !given.isObject()) {
      return given;
    }
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, Shape> member : section.members().entrySet()) {
      String key = member.getKey();
      result.set(key, complete(member.getValue(), standard.path(key), given.path(key)));
    }
    for (Map.Entry<String, JsonNode> entry : given.properties()) {
      if (!result.has(entry.getKey())) {
        result.set(entry.getKey(), entry.getValue());
      }
    }
    return result;
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

  /// The merge patch that makes `after` of `before`.
  static ObjectNode changes(ObjectNode before, ObjectNode after) {
    ObjectNode changes = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> entry : after.properties()) {
      JsonNode old = before.path(entry.getKey());
      JsonNode now = entry.getValue();
      if (SameContent.of(old, now)) {
        continue;
      }
      boolean both = old.isObject() && now.isObject();
      changes.set(entry.getKey(), both ? changes((ObjectNode) old, (ObjectNode) now) : now);
    }
    for (Map.Entry<String, JsonNode> entry : before.properties()) {
      if (!after.has(entry.getKey())) {
        changes.putNull(entry.getKey());
      }
    }
    return changes;
  }

  /// Binds a complete document; paths in the result are resolved.
  ///
  /// @throws WingsException kind INVALID naming the key that does not fit
  static WingsConfig bind(ObjectNode document) {
    String root = document.path("system").path("root_directory").asText();
    return (WingsConfig) ConfigSchema.root().bind("", document, root);
  }
}
