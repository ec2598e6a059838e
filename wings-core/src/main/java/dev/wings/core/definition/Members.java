package dev.wings.core.definition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.wings.core.WingsException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The members of one object of a definition, read leniently: what is absent, null or of a useless
/// type takes the default, scalars are converted, and PHP's `[]` is an empty object.
record Members(JsonNode node, String path) {

  Members object(String name) {
    JsonNode member = node.path(name);
    return new Members(member.isObject() ? member : MissingNode.getInstance(), path + "." + name);
  }

  boolean has(String name) {
    JsonNode member = node.path(name);
    return !member.isMissingNode() && !member.isNull();
  }

  String text(String name, String fallback) {
    JsonNode member = node.path(name);
    return member.isValueNode() && !member.isNull() ? member.asText() : fallback;
  }

  @Nullable String textOrNull(String name) {
    return node.path(name).isValueNode() && has(name) ? node.path(name).asText() : null;
  }

  boolean bool(String name, boolean fallback) {
    Boolean value = boolOrNull(name);
    return value == null ? fallback : value;
  }

  @Nullable Boolean boolOrNull(String name) {
    JsonNode member = node.path(name);
    if (member.isBoolean()) {
      return member.booleanValue();
    }
    if (member.isNumber()) {
      return member.doubleValue() != 0;
    }
    return switch (member.asText()) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> null;
    };
  }

  long integer(String name, long fallback) {
    Long value = integerOrNull(name);
    return value == null ? fallback : value;
  }

  /// An integer, or a number or text that can be cut to one; limited to the range of `long`.
  @Nullable Long integerOrNull(String name) {
    return toLong(node.path(name));
  }

  @Nullable Double realOrNull(String name) {
    JsonNode member = node.path(name);
    return member.isNumber() && Double.isFinite(member.doubleValue()) ? member.doubleValue() : null;
  }

  UUID uuid(String name) {
    UUID uuid = toUuid(node.path(name));
    if (uuid == null) {
      throw WingsException.invalid(path + "." + name + " is not a canonical uuid");
    }
    return uuid;
  }

  /// The elements of an array (or the values of an object, as PHP makes of a list with gaps) that
  /// `convert` can read; it answers null for those to leave out.
  <T> List<T> list(String name, Function<JsonNode, @Nullable T> convert) {
    JsonNode member = node.path(name);
    List<T> list = new ArrayList<>(member.size());
    for (JsonNode element : member) {
      T value = convert.apply(element);
      if (value != null) {
        list.add(value);
      }
    }
    return List.copyOf(list);
  }

  /// The members of an object in their order; `add` puts what it accepts into the map.
  <T> Map<String, T> map(String name, BiConsumer<Map<String, T>, Map.Entry<String, JsonNode>> add) {
    JsonNode member = node.path(name);
    if (!member.isObject()) {
      return Map.of();
    }
    Map<String, T> map = LinkedHashMap.newLinkedHashMap(member.size());
    for (Map.Entry<String, JsonNode> entry : member.properties()) {
      add.accept(map, entry);
    }
    return Collections.unmodifiableMap(map);
  }

  static @Nullable String toText(JsonNode node) {
    return node.isValueNode() && !node.isNull() ? node.asText() : null;
  }

  static @Nullable Long toLong(JsonNode node) {
    try {
      if (node.isIntegralNumber() && node.canConvertToLong()) {
        return node.longValue();
      }
      BigDecimal value;
      if (node.isNumber()) {
        value = node.decimalValue();
      } else if (node.isTextual() && node.textValue().length() <= 40) {
        value = new BigDecimal(node.textValue().strip());
      } else {
        return null;
      }
      if (value.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) >= 0) {
        return Long.MAX_VALUE;
      }
      return value.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) <= 0
          ? Long.MIN_VALUE
          : value.longValue();
    } catch (NumberFormatException e) {
      return null; // text that is no number takes the default, like every useless value
    }
  }

  static @Nullable UUID toUuid(JsonNode node) {
    String text = node.asText();
    if (text.length() != 36) {
      return null;
    }
    try {
      UUID uuid = UUID.fromString(text);
      return uuid.toString().equals(text) ? uuid : null;
    } catch (IllegalArgumentException e) {
      return null; // the caller decides whether the value may be left out
    }
  }
}
