package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/// Writes documents as YAML that old and new readers understand alike.
final class YamlWriter {
  /// What no version of YAML takes for anything but a text, in any context.
  private static final Pattern SAFE =
      Pattern.compile(
          "(?!(?i:null|true|false|yes|no|on|off|y|n)$)[A-Za-z_/][A-Za-z0-9_/.-]*"
              + "|[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}(/[0-9]{1,2})?");

  private static final int INDENT = 2;

  private YamlWriter() {}

  /// The members, one line each, with what belongs below them; every line ends with `newline`.
  static String block(ObjectNode members, int indent, String newline) {
    StringBuilder out = new StringBuilder();
    for (Map.Entry<String, JsonNode> member : members.properties()) {
      out.append(member(member.getKey(), member.getValue(), indent, newline));
    }
    return members.isEmpty() && indent == 0 ? "{}" + newline : out.toString();
  }

  /// One member of a mapping in block style.
  static String member(String name, JsonNode value, int indent, String newline) {
    String start = " ".repeat(indent) + text(name) + ":";
    return value instanceof ObjectNode object && !object.isEmpty()
        ? start + newline + block(object, indent + INDENT, newline)
        : start + " " + inline(value) + newline;
  }

  /// A value on one line.
  static String inline(JsonNode value) {
    if (value instanceof ObjectNode object) {
      StringJoiner members = new StringJoiner(", ", "{", "}");
      object
          .properties()
          .forEach(member -> members.add(text(member.getKey()) + ": " + inline(member.getValue())));
      return members.toString();
    }
    if (value.isArray()) {
      StringJoiner elements = new StringJoiner(", ", "[", "]");
      value.forEach(element -> elements.add(inline(element)));
      return elements.toString();
    }
    if (value.isNull()) {
      return "null";
    }
    return value.isTextual() ? text(value.textValue()) : value.asText();
  }

  static String text(String text) {
    return SAFE.matcher(text).matches() ? text : quoted(text);
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c == '\n') {
        out.append("\\n");
      } else if (c == '\t') {
        out.append("\\t");
      } else if (c >= ' ' && c < 0x7f || c >= 0xa1 && c < 0x2000 || Character.isSurrogate(c)) {
        out.append(c);
      } else {
        out.append(String.format("\\u%04x", (int) c));
      }
    }
    return out.append('"').toString();
  }
}
