package dev.wings.core.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/// Exchanges the source text of scalars and touches nothing else. Gives up when the change is more
/// than that, or concerns an anchored, tagged or multi-line scalar.
final class YamlSplicer {
  private record Splice(int from, int to, String source) {}

  private final String body;
  private final Node root;
  private final boolean hasSurrogates;
  private final Map<Node, Integer> uses = new IdentityHashMap<>();
  private final List<Splice> splices = new ArrayList<>();

  YamlSplicer(String body, Node root) {
    this.body = body;
    this.root = root;
    this.hasSurrogates = body.chars().anyMatch(c -> Character.isSurrogate((char) c));
    countUses(root);
  }

  private void countUses(Node node) {
    if (uses.merge(node, 1, Integer::sum) > 1) {
      return;
    }
    if (node instanceof SequenceNode sequence) {
      sequence.getValue().forEach(this::countUses);
    } else if (node instanceof MappingNode mapping) {
      mapping.getValue().forEach(tuple -> countUses(tuple.getValueNode()));
    }
  }

  /// The text that means `wanted`, or null when exchanging scalars cannot make it.
  @Nullable String splice(JsonNode wanted) {
    if (!collect(root, wanted)) {
      return null;
    }
    splices.sort(Comparator.comparingInt(Splice::from));
    StringBuilder out = new StringBuilder(body.length() + 64);
    int copied = 0;
    for (Splice splice : splices) {
      out.append(body, copied, splice.from).append(splice.source);
      copied = splice.to;
    }
    return out.append(body, copied, body.length()).toString();
  }

  private boolean collect(Node node, JsonNode wanted) {
    if (YamlDocument.toTree(node).equals(wanted)) {
      return true;
    }
    if (uses.getOrDefault(node, 0) > 1) {
      return false; // the text belongs to other places as well
    }
    if (node instanceof MappingNode mapping && wanted.isObject()) {
      return mapping.getValue().size() == wanted.size() && collectMembers(mapping, wanted);
    }
    if (node instanceof SequenceNode sequence && wanted.isArray()) {
      return sequence.getValue().size() == wanted.size() && collectElements(sequence, wanted);
    }
    return node instanceof ScalarNode scalar && wanted.isValueNode() && exchange(scalar, wanted);
  }

  private boolean collectMembers(MappingNode mapping, JsonNode wanted) {
    for (NodeTuple tuple : mapping.getValue()) {
      JsonNode member = wanted.get(YamlDocument.key(tuple));
      if (member == null || !collect(tuple.getValueNode(), member)) {
        return false;
      }
    }
    return true;
  }

  private boolean collectElements(SequenceNode sequence, JsonNode wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      if (!collect(sequence.getValue().get(i), wanted.get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean exchange(ScalarNode scalar, JsonNode wanted) {
    ScalarStyle style = scalar.getScalarStyle();
    int from = offset(scalar.getStartMark());
    int to = offset(scalar.getEndMark());
    String old = body.substring(from, to);
    boolean decorated = !old.isEmpty() && "&!*".indexOf(old.charAt(0)) >= 0;
    if (decorated
        || style == ScalarStyle.LITERAL
        || style == ScalarStyle.FOLDED
        || old.indexOf('\n') >= 0) {
      return false;
    }
    String source = YamlScalars.source(wanted, style);
    splices.add(new Splice(from, to, old.isEmpty() ? " " + source : source));
    return true;
  }

  /// The library counts code points.
  private int offset(Mark mark) {
    return hasSurrogates ? body.offsetByCodePoints(0, mark.getIndex()) : mark.getIndex();
  }
}
