package dev.wings.core.egg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import dev.wings.core.json.Json;
import java.util.List;

/// Parser `json` (`panel-remote-api.md` 6.10): a changed document is written with two blanks per
/// level, with the line ends that it had and without one at its end.
final class JsonEditor implements Editor {
  @Override
  public boolean limitsLines() {
    return false;
  }

  @Override
  public String edit(String content, List<Replacement> replacements, Placeholders placeholders) {
    boolean blank = content.isBlank();
    JsonNode before = blank ? JsonNodeFactory.instance.objectNode() : read(content);
    JsonNode after = new TreeEditor(placeholders).edit(before, replacements);
    if (after.equals(before) && !blank) {
      return content;
    }
    String edited = pretty(after, content.contains("\r\n") ? "\r\n" : "\n");
    TreeEditor.check(after, read(edited));
    return edited;
  }

  private static JsonNode read(String content) {
    try {
      return Json.mapper().readTree(content);
    } catch (JsonProcessingException malformed) {
      throw new WingsException(ErrorKind.INVALID, "no valid JSON", malformed);
    }
  }

  private static String pretty(JsonNode tree, String lineEnd) {
    DefaultIndenter indenter = new DefaultIndenter("  ", lineEnd);
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter(
            Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator(""));
    printer.indentArraysWith(indenter);
    printer.indentObjectsWith(indenter);
    try {
      return Json.mapper().writer(printer).writeValueAsString(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }
}
