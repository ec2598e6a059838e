package dev.wings.core.egg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import dev.wings.core.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Applies replacements to a JSON tree (`panel-remote-api.md` 6.5, 6.6); the json and yaml parsers
/// share it.
final class TreeEditor {
  private static final Logger log = LoggerFactory.getLogger(TreeEditor.class);
  private static final int MAX_INDEX = 10_000;

  private final Placeholders placeholders;

  TreeEditor(Placeholders placeholders) {
    this.placeholders = placeholders;
  }

  /// @return the changed tree; the given one is left alone
  JsonNode edit(JsonNode document, List<Replacement> replacements) {
    JsonNode root =
        document.isContainerNode() ? document.deepCopy() : JsonNodeFactory.instance.objectNode();
    for (Replacement replacement : replacements) {
      apply(root, replacement);
    }
    return root;
  }

  private void apply(JsonNode root, Replacement replacement) {
    List<Object> path = path(replacement.match());
    int star = path.indexOf("*");
    if (star < 0) {
      set(root, path, replacement);
      return;
    }
    List<Object> rest = path.subList(star + 1, path.size());
    if (rest.contains("*")) {
      log.atWarn()
          .addKeyValue("match", replacement.match())
          .log("a path may hold one wildcard only");
      return;
    }
    @Nullable JsonNode base = walk(root, path.subList(0, star));
    if (base == null || !base.isContainerNode()) {
      return;
    }
    for (Object child : children(base)) {
      List<Object> full = new ArrayList<>(List.of(child));
      full.addAll(rest);
      set(base, full, replacement);
    }
  }

  private static List<Object> children(JsonNode base) {
    List<Object> children = new ArrayList<>();
    if (base instanceof ObjectNode object) {
      object.propertyStream().map(Map.Entry::getKey).forEach(children::add);
    } else {
      for (int i = 0; i < base.size(); i++) {
        children.add(i);
      }
    }
    return children;
  }

  /// Names and array indexes of a path.
  private static List<Object> path(String match) {
    List<Object> path = new ArrayList<>();
    for (String element : match.split("\\.")) {
      int bracket = element.indexOf('[');
      String name = bracket < 0 ? element : element.substring(0, bracket);
      if (!name.isEmpty()) {
        path.add(name);
      }
      if (bracket >= 0) {
        for (String index : element.substring(bracket + 1).split("\\[")) {
          String digits = index.endsWith("]") ? index.substring(0, index.length() - 1) : "";
          if (digits.matches("\\d{1,5}")) {
            path.add(Integer.valueOf(digits));
          }
        }
      }
    }
    return path;
  }

  private static @Nullable JsonNode walk(JsonNode node, List<Object> path) {
    JsonNode at = node;
    for (Object step : path) {
      JsonNode next = get(at, step);
      if (next == null) {
        return null;
      }
      at = next;
    }
    return at;
  }

  private static @Nullable JsonNode get(JsonNode node, Object step) {
    return step instanceof Integer index
        ? (node.isArray() ? node.get(index) : null)
        : (node.isObject() ? node.get((String) step) : null);
  }

  private void set(JsonNode root, List<Object> path, Replacement replacement) {
    if (path.isEmpty() || path.stream().anyMatch(s -> s instanceof Integer i && i > MAX_INDEX)) {
      return;
    }
    @Nullable JsonNode present = walk(root, path);
    Gate gate = new Gate(replacement, true);
    Optional<String> text =
        gate.apply(
            present == null ? null : text(present), placeholders.text(replacement.replaceWith()));
    if (text.isEmpty()) {
      return;
    }
    JsonNode at = root;
    for (int i = 0; i < path.size() - 1; i++) {
      at = descend(at, path.get(i), path.get(i + 1) instanceof Integer);
    }
    put(at, path.getLast(), value(replacement.replaceWith(), text.get(), gate, present));
  }

  private static JsonNode value(
      JsonNode given, String text, Gate gate, @Nullable JsonNode present) {
    if (gate.substitutes()) {
      return present != null && present.isTextual() ? TextNode.valueOf(text) : parsed(text);
    }
    return given.isTextual() ? parsed(text) : given;
  }

  /// Text that is JSON becomes its value, everything else stays text.
  private static JsonNode parsed(String text) {
    try {
      JsonNode value = Json.mapper().readTree(text);
      return value == null || value.isMissingNode() ? TextNode.valueOf(text) : value;
    } catch (JsonProcessingException notJson) {
      return TextNode.valueOf(text);
    }
  }

  private static String text(JsonNode node) {
    return node.isNull() ? "" : node.isContainerNode() ? node.toString() : node.asText();
  }

  private static JsonNode descend(JsonNode parent, Object step, boolean array) {
    JsonNode next = get(parent, step);
    boolean fits = next != null && (array ? next.isArray() : next.isObject());
    if (fits) {
      return java.util.Objects.requireNonNull(next);
    }
    JsonNode fresh =
        array ? JsonNodeFactory.instance.arrayNode() : JsonNodeFactory.instance.objectNode();
    put(parent, step, fresh);
    return fresh;
  }

  private static void put(JsonNode parent, Object step, JsonNode value) {
    if (parent instanceof ArrayNode list && step instanceof Integer index) {
      while (list.size() <= index) {
        list.add(
            value.isContainerNode()
                ? value.deepCopy().isArray() ? list.arrayNode() : list.objectNode()
                : list.nullNode());
      }
      list.set(index, value);
    } else if (parent instanceof ObjectNode object && step instanceof String name) {
      object.set(name, value);
    }
  }
}
