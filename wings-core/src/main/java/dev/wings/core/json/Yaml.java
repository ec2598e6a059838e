package dev.wings.core.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.WingsException;

/// YAML as a notation for the same trees as JSON: plain types only (a tag never creates an object),
/// keys become strings, aliases are resolved within a bound on the number of values, nesting is
/// limited to [Json#MAX_DEPTH], duplicate keys are refused (`threats.md` CP-02, JV-03). To change a
/// document that a person wrote, use [YamlDocument].
public final class Yaml {
  private Yaml() {}

  /// Reads one document; an empty one is null.
  ///
  /// @throws WingsException kind INVALID with the position of the mistake
  public static JsonNode read(String text) {
    return YamlDocument.parse(text).tree();
  }

  /// Writes a tree in block style, two blanks per level, strings quoted only when they must be.
  public static String write(JsonNode tree) {
    return YamlDocument.emit(YamlDocument.toNode(tree), /* processComments= */ false, "\n", false);
  }
}
