package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.WingsException;
import java.math.BigInteger;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns YAML into the document that the rest works with. Where the schema wants a text, a scalar
/// is taken as it is written (`token: 0123` keeps its zero); elsewhere the core schema of YAML 1.2
/// decides. Aliases are followed; with what they add, a document has at most 100,000 values.
///
/// One instance reads one document.
final class YamlTree {
  private static final String TAG = "tag:yaml.org,2002:";
  private static final Set<String> TAGS =
      Set.of("null", "bool", "int", "float", "str", "seq", "map");
  private static final int MAX_DIGITS = 100;

  private int values;

  /// @throws WingsException kind INVALID naming line and key
  static ObjectNode mapping(YamlNode node, @Nullable Shape shape) {
    JsonNode tree = new YamlTree().value("", node, shape);
    if (tree instanceof ObjectNode mapping) {
      return mapping;
    }
    if (tree.isNull()) {
      return JsonNodeFactory.instance.objectNode();
    }
    throw YamlParser.at(node.line, "not a mapping");
  }

  /// @throws WingsException kind INVALID naming line and key
  static JsonNode of(String path, YamlNode node, @Nullable Shape shape) {
    return new YamlTree().value(path, node, shape);
  }

  private JsonNode value(String path, YamlNode node, @Nullable Shape shape) {
    if (++values > YamlParser.MAX_NODES) {
      throw YamlParser.at(node.line, "more than " + YamlParser.MAX_NODES + " values");
    }
    checkTag(path, node);
    return switch (node.kind) {
      case SCALAR -> scalar(path, node, shape != null && shape.isText());
      case MAPPING -> members(path, node, shape);
      case SEQUENCE -> elements(path, node, shape);
      case ALIAS -> value(path, java.util.Objects.requireNonNull(node.target), shape);
    };
  }

  private static void checkTag(String path, YamlNode node) {
    String tag = node.tag;
    if (tag != null
        && !tag.equals("!")
        && !(tag.startsWith(TAG) && TAGS.contains(tag.substring(TAG.length())))) {
      throw YamlParser.at(node.line, path + ": the tag " + tag + " is not allowed");
    }
  }

  private ObjectNode members(String path, YamlNode node, @Nullable Shape shape) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < node.items.size(); i += 2) {
      YamlNode key = node.items.get(i);
      if (key.kind != YamlNode.Kind.SCALAR) {
        throw YamlParser.at(key.line, place(path) + " has a key that is no text");
      }
      checkTag(path, key);
      String name = key.text;
      String inner = Shape.join(path, name);
      if (key.plain && name.equals("<<")) {
        throw YamlParser.at(key.line, place(path) + ": merge keys (<<) are not supported");
      }
      if (object.has(name)) {
        throw YamlParser.at(key.line, inner + ": is there twice");
      }
      Shape below = shape == null ? null : shape.member(name);
      object.set(name, value(inner, node.items.get(i + 1), below));
    }
    return object;
  }

  private static String place(String path) {
    return path.isEmpty() ? "the file" : path;
  }

  private ArrayNode elements(String path, YamlNode node, @Nullable Shape shape) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (YamlNode item : node.items) {
      array.add(value(path, item, shape == null ? null : shape.element()));
    }
    return array;
  }

  private static JsonNode scalar(String path, YamlNode node, boolean text) {
    String tag = node.tag;
    if (tag != null && tag.startsWith(TAG)) {
      return tagged(path, node, tag.substring(TAG.length()));
    }
    if (!node.plain || tag != null) {
      return TextNode.valueOf(node.text);
    }
    if (isNull(node.text)) {
      return NullNode.instance;
    }
    return text ? TextNode.valueOf(node.text) : plain(node.text);
  }

  private static JsonNode tagged(String path, YamlNode node, String tag) {
    if (tag.equals("str")) {
      return TextNode.valueOf(node.text);
    }
    JsonNode value = isNull(node.text) ? NullNode.instance : plain(node.text);
    boolean fits =
        switch (tag) {
          case "null" -> value.isNull();
          case "bool" -> value.isBoolean();
          case "int" -> value.isIntegralNumber();
          case "float" -> value.isNumber();
          default -> false;
        };
    if (!fits) {
      throw YamlParser.at(node.line, path + ": not a value of the tag " + tag);
    }
    return value;
  }

  /// What a plain scalar is in the core schema.
  static JsonNode plain(String text) {
    switch (text) {
      case "true", "True", "TRUE":
        return BooleanNode.TRUE;
      case "false", "False", "FALSE":
        return BooleanNode.FALSE;
      default:
        break;
    }
    char first = text.isEmpty() ? 'x' : text.charAt(0);
    boolean number = first == '-' || first == '+' || first == '.' || isDigit(first);
    if (!number || text.length() > MAX_DIGITS) {
      return TextNode.valueOf(text);
    }
    JsonNode value = integer(text);
    if (value == null) {
      value = decimal(text);
    }
    return value == null ? TextNode.valueOf(text) : value;
  }

  static boolean isNull(String text) {
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> true;
      default -> false;
    };
  }

  private static @Nullable JsonNode integer(String text) {
    int radix = text.startsWith("0x") ? 16 : text.startsWith("0o") ? 8 : 10;
    int from = radix != 10 ? 2 : text.charAt(0) == '-' || text.charAt(0) == '+' ? 1 : 0;
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) > 'f' || Character.digit(text.charAt(i), radix) < 0) {
        return null;
      }
    }
    if (from == text.length()) {
      return null;
    }
    BigInteger value = new BigInteger(text.substring(from), radix);
    if (text.charAt(0) == '-') {
      value = value.negate();
    }
    if (value.bitLength() < Integer.SIZE) {
      return IntNode.valueOf(value.intValue());
    }
    return value.bitLength() < Long.SIZE
        ? LongNode.valueOf(value.longValue())
        : BigIntegerNode.valueOf(value);
  }

  /// Infinity and "not a number" stay texts: no key takes them, and a text says better what is
  /// wrong.
  private static @Nullable JsonNode decimal(String text) {
    boolean digits = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isDigit(c)) {
        digits = true;
      } else if (".+-eE".indexOf(c) < 0) {
        return null;
      }
    }
    try {
      return digits ? DoubleNode.valueOf(Double.parseDouble(text)) : null;
    } catch (NumberFormatException noNumber) {
      return null;
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
