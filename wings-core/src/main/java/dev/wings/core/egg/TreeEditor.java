package dev.wings.core.egg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import dev.wings.core.egg.DocumentPath.Step;
import dev.wings.core.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Applies replacements to a JSON tree (`panel-remote-api.md` 6.5, 6.6); the json and yaml parsers
/// share it.
final class TreeEditor {
  private final Placeholders placeholders;
  private final Budget budget = new Budget();

  TreeEditor(Placeholders placeholders) {
    this.placeholders = placeholders;
  }

  /// @return the changed tree; the given one is left alone
  /// @throws WingsException kind INVALID for a document that is a single value, kind LIMIT when
  ///   paths or created values go beyond a limit
  JsonNode edit(JsonNode document, List<Replacement> replacements) {
    if (!document.isContainerNode() && !document.isNull() && !document.isMissingNode()) {
      throw WingsException.invalid("it holds a single value instead of settings");
    }
    JsonNode root =
        document.isContainerNode() ? document.deepCopy() : JsonNodeFactory.instance.objectNode();
    for (Replacement replacement : replacements) {
      apply(root, replacement);
    }
    return root;
  }

  private void apply(JsonNode root, Replacement replacement) {
    DocumentPath path = DocumentPath.parse(replacement.match());
    if (path == null) {
      return;
    }
    List<Step> rest = path.rest();
    if (rest == null) {
      set(root, path.base(), replacement);
      return;
    }
    JsonNode base = walk(root, path.base());
    if (base == null || !base.isContainerNode()) {
      return;
    }
    for (Step child : children(base)) {
      List<Step> full = new ArrayList<>(List.of(child));
      full.addAll(rest);
      set(base, full, replacement);
    }
  }

  private static List<Step> children(JsonNode base) {
    List<Step> children = new ArrayList<>();
    if (base instanceof ObjectNode object) {
      object.propertyStream().forEach(member -> children.add(new Step.Member(member.getKey())));
    } else {
      for (int i = 0; i < base.size(); i++) {
        children.add(new Step.Index(i));
      }
    }
    return children;
  }

  private static @Nullable JsonNode walk(JsonNode node, List<Step> path) {
    JsonNode at = node;
    for (Step step : path) {
      JsonNode next = get(at, step);
      if (next == null) {
        return null;
      }
      at = next;
    }
    return at;
  }

  private static @Nullable JsonNode get(JsonNode node, Step step) {
    return switch (step) {
      case Step.Member(String name) -> node.isObject() ? node.get(name) : null;
      case Step.Index(int index) -> node.isArray() ? node.get(index) : null;
    };
  }

  private void set(JsonNode root, List<Step> path, Replacement replacement) {
    JsonNode present = walk(root, path);
    Gate gate = new Gate(replacement, true);
    Optional<String> text =
        gate.apply(
            present == null ? null : text(present), placeholders.text(replacement.replaceWith()));
    if (text.isEmpty()) {
      return;
    }
    JsonNode at = root;
    for (int i = 0; i < path.size() - 1; i++) {
      at = descend(at, path.get(i), path.get(i + 1) instanceof Step.Index);
    }
    JsonNode value = value(replacement.replaceWith(), text.get(), gate, present);
    put(at, path.getLast(), value, JsonNodeFactory.instance.nullNode());
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

  private JsonNode descend(JsonNode parent, Step step, boolean array) {
    JsonNode next = get(parent, step);
    if (next != null && (array ? next.isArray() : next.isObject())) {
      return next;
    }
    JsonNode fresh = container(array);
    put(parent, step, fresh, container(array));
    return fresh;
  }

  private static JsonNode container(boolean array) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return array ? nodes.arrayNode() : nodes.objectNode();
  }

  /// @param filler what an array that is too short gets more of
  private void put(JsonNode parent, Step step, JsonNode value, JsonNode filler) {
    budget.take(1);
    if (parent instanceof ArrayNode list && step instanceof Step.Index(int index)) {
      budget.take(Math.max(0, index - list.size()));
      while (list.size() < index) {
        list.add(filler.deepCopy());
      }
      if (index < list.size()) {
        list.set(index, value);
      } else {
        list.add(value);
      }
    } else if (parent instanceof ObjectNode object && step instanceof Step.Member(String name)) {
      object.set(name, value);
    }
  }

  /// Compares what was written with what was meant.
  ///
  /// @throws WingsException kind INVALID when they differ
  static void check(JsonNode wanted, JsonNode written) {
    if (!written.equals(TreeEditor::compare, wanted)) {
      throw WingsException.invalid("its new content cannot be written in its format");
    }
  }

  /// Numbers are equal by value, whatever type holds them.
  private static int compare(JsonNode a, JsonNode b) {
    if (a.equals(b) || (a.isNumber() && b.isNumber() && a.asText().equals(b.asText()))) {
      return 0;
    }
    return isFinite(a) && isFinite(b) ? a.decimalValue().compareTo(b.decimalValue()) : 1;
  }

  private static boolean isFinite(JsonNode node) {
    return node.isNumber() && Double.isFinite(node.doubleValue());
  }
}
