package dev.wings.core.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/// What a scalar of YAML means, and how a value is written so that it means the same to readers of
/// YAML 1.1 and 1.2. Reading follows the 1.2 core schema, in which `yes` is a text and `012` is not
/// octal.
final class YamlScalars {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Pattern DECIMAL = Pattern.compile("[-+]?(0|[1-9][0-9]{0,98})");
  private static final Pattern REAL =
      Pattern.compile("[-+]?(\\.[0-9]{1,40}|[0-9]{1,40}(\\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,4})?");
  private static final Pattern LEADING_ZERO = Pattern.compile("[-+]?0[0-9].*");
  private static final Pattern BASED = Pattern.compile("0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30}");
  private static final Pattern SAFE_PLAIN =
      Pattern.compile("[A-Za-z0-9_/][A-Za-z0-9_./@+-]{0,200}");

  private static final Resolver RESOLVER = new Resolver(); // only read, so threads may share it

  private YamlScalars() {}

  static JsonNode read(String text, boolean plain) {
    if (!plain) {
      return NODES.textNode(text);
    }
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> NODES.nullNode();
      case "true", "True", "TRUE" -> NODES.booleanNode(true);
      case "false", "False", "FALSE" -> NODES.booleanNode(false);
      default -> numberOrText(text);
    };
  }

  private static JsonNode numberOrText(String text) {
    char first = text.charAt(0);
    if (first > '9' || text.length() > 100) { // the common case: a word
      return NODES.textNode(text);
    }
    if (DECIMAL.matcher(text).matches()) {
      return integer(new BigInteger(text));
    }
    if (BASED.matcher(text).matches()) {
      return integer(new BigInteger(text.substring(2), text.charAt(1) == 'o' ? 8 : 16));
    }
    if (REAL.matcher(text).matches() && !LEADING_ZERO.matcher(text).matches()) {
      return NODES.numberNode(new BigDecimal(text));
    }
    return NODES.textNode(text);
  }

  private static JsonNode integer(BigInteger value) {
    if (value.bitLength() < 32) {
      return NODES.numberNode(value.intValue());
    }
    return value.bitLength() < 64 ? NODES.numberNode(value.longValue()) : NODES.numberNode(value);
  }

  /// The style in which `text` stays a string for every reader.
  static ScalarStyle styleOf(String text) {
    if (SAFE_PLAIN.matcher(text).matches()
        && read(text, true).isTextual()
        && !hasOtherMeaning(text)) {
      return ScalarStyle.PLAIN;
    }
    return text.chars().allMatch(c -> c >= ' ' && c < 0x7f)
        ? ScalarStyle.SINGLE_QUOTED
        : ScalarStyle.DOUBLE_QUOTED;
  }

  /// Whether YAML 1.1 takes the unquoted text for something else than a string.
  static boolean hasOtherMeaning(String text) {
    return !RESOLVER.resolve(NodeId.scalar, text, true).equals(Tag.STR);
  }

  /// One-line source text of a scalar value; texts keep `style` when they can.
  static String source(JsonNode value, ScalarStyle style) {
    if (!value.isTextual()) {
      return value.toString();
    }
    String text = value.textValue();
    ScalarStyle needed = styleOf(text);
    if (needed == ScalarStyle.DOUBLE_QUOTED || style == ScalarStyle.DOUBLE_QUOTED) {
      return doubleQuoted(text);
    }
    return needed == ScalarStyle.PLAIN && style == ScalarStyle.PLAIN
        ? text
        : "'" + text.replace("'", "''") + "'";
  }

  private static String doubleQuoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' '
              || c >= 0x7f && c < 0xa0
              || c == 0x2028
              || c == 0x2029
              || c >= 0xfff0
              || c == 0xfeff) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }
}
