package dev.wings.core.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/// The table of keys as the specification has it, read from `keys.tsv`.
record PinnedKeys(String key, boolean panel, JsonNode fallback) {
  static List<PinnedKeys> all() {
    try (InputStream in =
        requireNonNull(PinnedKeys.class.getResourceAsStream("/config/keys.tsv"))) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(PinnedKeys::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PinnedKeys parse(String line) {
    String[] columns = line.split("\t", -1);
    return new PinnedKeys(columns[0], columns[1].equals("panel"), json(columns[2]));
  }

  static JsonNode at(JsonNode document, String key) {
    JsonNode node = document;
    for (String name : key.split("\\.")) {
      node = node.path(name);
    }
    return node;
  }

  static void set(ObjectNode document, String key, JsonNode value) {
    ObjectNode parent = document;
    int start = 0;
    for (int dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', start)) {
      parent = parent.withObjectProperty(key.substring(start, dot));
      start = dot + 1;
    }
    parent.set(key.substring(start), value);
  }

  /// A valid value for a key that is not its default.
  static JsonNode another(String key, Shape shape) {
    JsonNode standard = at(ConfigDocument.defaults(), key);
    if (key.equals("docker.overhead.multipliers")) {
      return json("{\"512\":1.5}");
    }
    if (shape instanceof Shape.Items items) {
      return items.element() instanceof Shape.Section
          ? json("[{\"name\":\"nofile\",\"soft\":-1,\"hard\":-1}]")
          : json("[\"10.9.0.0/16\"]");
    }
    if (shape instanceof Shape.Entries entries) {
      return entries.member("a") instanceof Shape.Section
          ? json("{\"r.example\":{\"username\":\"u\",\"password\":\"p\"}}")
          : json("{\"a\":\"b\"}");
    }
    Shape.Scalar scalar = (Shape.Scalar) shape;
    return switch (scalar.kind()) {
      case BOOLEAN -> BooleanNode.valueOf(!standard.booleanValue());
      case INT, LONG -> LongNode.valueOf(standard.longValue() + 1);
      case DECIMAL -> DoubleNode.valueOf(standard.doubleValue() + 0.5);
      case UUID -> TextNode.valueOf("99999999-2222-3333-4444-555555555555");
      case CHOICE ->
          scalar.choices().keySet().stream()
              .map(TextNode::valueOf)
              .filter(choice -> !choice.equals(standard))
              .findFirst()
              .orElseThrow();
      case ADDRESS -> TextNode.valueOf("127.0.0.9");
      case TEXT, PATH, NETWORK -> TextNode.valueOf("other");
    };
  }

  static JsonNode json(String text) {
    try {
      return Json.mapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return key;
  }
}
