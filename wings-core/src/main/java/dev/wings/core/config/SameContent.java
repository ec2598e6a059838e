package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/// Whether two documents mean the same: the order of keys and the types of numbers do not count.
final class SameContent {
  private SameContent() {}

  static boolean of(JsonNode a, JsonNode b) {
    if (a.isNumber() && b.isNumber()) {
      return a.isIntegralNumber() && b.isIntegralNumber()
          ? a.bigIntegerValue().equals(b.bigIntegerValue())
          : a.doubleValue() == b.doubleValue();
    }
    if (a.isObject() && b.isObject()) {
      return sameMembers(a, b);
    }
    if (!a.isArray() || !b.isArray()) {
      return a.equals(b);
    }
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!of(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameMembers(JsonNode a, JsonNode b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (Map.Entry<String, JsonNode> member : a.properties()) {
      JsonNode other = b.get(member.getKey());
      if (other == null || !of(member.getValue(), other)) {
        return false;
      }
    }
    return true;
  }
}
