package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.WingsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// `CALAGOPUS_*` variables (`configuration.md` 5.1): each replaces one existing key of the
/// document.
///
/// @param applied `NAME -> dotted.path`, in order of names
/// @param unknown names that match no key
public record EnvironmentOverrides(List<String> applied, List<String> unknown) {
  private static final String PREFIX = "CALAGOPUS_";

  static EnvironmentOverrides apply(ObjectNode document, Map<String, String> environment) {
    List<String> applied = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
      String name = variable.getKey();
      if (name.startsWith(PREFIX) && name.length() > PREFIX.length()) {
        String[] tokens = name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).split("_", -1);
        Optional<String> path = set(document, ConfigSchema.root(), tokens, 0, variable.getValue());
        path.ifPresentOrElse(found -> applied.add(name + " -> " + found), () -> unknown.add(name));
      }
    }
    return new EnvironmentOverrides(List.copyOf(applied), List.copyOf(unknown));
  }

  /// Tries the longest key first and backtracks.
  private static Optional<String> set(
      ObjectNode object, @Nullable Shape shape, String[] tokens, int from, String text) {
    for (int to = tokens.length; to > from; to--) {
      String key = String.join("_", List.of(tokens).subList(from, to));
      JsonNode existing = object.get(key);
      if (existing == null) {
        continue;
      }
      Shape inner = shape == null ? null : shape.member(key);
      if (to == tokens.length) {
        object.set(key, value(key, existing, inner, text));
        return Optional.of(key);
      }
      if (existing instanceof ObjectNode below) {
        Optional<String> rest = set(below, inner, tokens, to, text);
        if (rest.isPresent()) {
          return Optional.of(key + "." + rest.get());
        }
      }
    }
    return Optional.empty();
  }

  private static JsonNode value(String key, JsonNode existing, @Nullable Shape shape, String text) {
    if (existing.isTextual()) {
      return TextNode.valueOf(text);
    }
    try {
      JsonNode parsed = ConfigDocument.parseValue(key, text, shape);
      return parsed.isNull() ? TextNode.valueOf(text) : parsed;
    } catch (WingsException noYaml) {
      return TextNode.valueOf(text); // the binding says which key it does not fit
    }
  }
}
