package dev.wings.core.egg;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import dev.wings.core.json.Yaml;
import dev.wings.core.json.YamlDocument;
import java.util.List;

/// Parser `yaml` (`panel-remote-api.md` 6.11): the same tree as JSON, but comments and layout stay
/// where they can.
final class YamlEditor implements Editor {
  @Override
  public boolean limitsLines() {
    return false;
  }

  @Override
  public String edit(String content, List<Replacement> replacements, Placeholders placeholders) {
    YamlDocument document = YamlDocument.parse(content);
    JsonNode after = new TreeEditor(placeholders).edit(document.tree(), replacements);
    if (after.equals(document.tree())) {
      return content;
    }
    String edited = document.render(after);
    TreeEditor.check(after, Yaml.read(edited));
    return edited;
  }
}
