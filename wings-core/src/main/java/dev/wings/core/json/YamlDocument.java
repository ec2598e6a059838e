package dev.wings.core.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/// A YAML document that can be changed without rewriting what did not change.
///
/// [#tree] is its content as JSON. [#render] writes a changed tree back. When only scalars differ
/// their source text is exchanged in place ([YamlSplicer]) and every other byte stays. Otherwise
/// the parsed nodes are merged with the new tree and emitted again, which keeps comments, order and
/// quoting but may change white space. Either result is parsed again and compared with the wanted
/// tree before it is returned, so a value can never bring structure along.
public final class YamlDocument {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int MAX_NODES = 200_000;
  private static final int MAX_CHARACTERS = 8 << 20;

  private final String text;
  private final JsonNode tree;

  private YamlDocument(String text, JsonNode tree) {
    this.text = text;
    this.tree = tree;
  }

  /// Parses one document. A byte-order mark is ignored here and kept by [#render].
  ///
  /// @throws WingsException kind INVALID with the position of the mistake
  public static YamlDocument parse(String text) {
    Node root = compose(withoutMark(text), /* processComments= */ false);
    return new YamlDocument(text, root == null ? NODES.nullNode() : toTree(root));
  }

  /// The content; the caller changes a copy.
  public JsonNode tree() {
    return tree;
  }

  /// The text of this document with its content changed to `wanted`; the same text when nothing
  /// differs.
  public String render(JsonNode wanted) {
    if (wanted.equals(tree)) {
      return text;
    }
    String body = withoutMark(text);
    String mark = text.substring(0, text.length() - body.length());
    String lineBreak = body.contains("\r\n") ? "\r\n" : "\n";
    Node root = compose(body, /* processComments= */ false);
    String spliced = root == null ? null : new YamlSplicer(body, root).splice(wanted);
    if (spliced != null && means(spliced, wanted)) {
      return mark + spliced;
    }
    String merged = emitMerged(body, wanted, lineBreak);
    if (merged != null && means(merged, wanted)) {
      return mark + merged;
    }
    return mark + emit(toNode(wanted), false, lineBreak, false);
  }

  private static boolean means(String text, JsonNode wanted) {
    try {
      return parse(text).tree().equals(wanted);
    } catch (WingsException e) {
      return false; // the next, more thorough way of writing is tried
    }
  }

  private static String withoutMark(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  // ---- reading

  private static @Nullable Node compose(String text, boolean processComments) {
    LoaderOptions options = new LoaderOptions();
    options.setNestingDepthLimit(Json.MAX_DEPTH);
    options.setCodePointLimit(MAX_CHARACTERS);
    options.setMaxAliasesForCollections(10_000); // what they expand to is bounded by MAX_NODES
    options.setProcessComments(processComments);
    try {
      return new org.yaml.snakeyaml.Yaml(options).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark();
      String where =
          mark == null
              ? ""
              : " at line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1);
      throw new WingsException(
          ErrorKind.INVALID, "invalid YAML" + where + ": " + e.getProblem(), e);
    } catch (YAMLException e) {
      throw new WingsException(ErrorKind.INVALID, "invalid YAML: " + e.getMessage(), e);
    }
  }

  static JsonNode toTree(Node node) {
    return new ToTree().convert(node, 0);
  }

  private static final class ToTree {
    private int nodes;

    JsonNode convert(Node node, int depth) {
      if (++nodes > MAX_NODES) {
        throw WingsException.invalid("invalid YAML: more than " + MAX_NODES + " values");
      }
      if (depth > Json.MAX_DEPTH) { // an alias inside of its own anchor, too
        throw WingsException.invalid("invalid YAML: nested deeper than " + Json.MAX_DEPTH);
      }
      return switch (node) {
        case ScalarNode scalar -> YamlScalars.read(scalar.getValue(), isPlain(scalar));
        case SequenceNode sequence -> {
          ArrayNode array = NODES.arrayNode();
          for (Node element : sequence.getValue()) {
            array.add(convert(element, depth + 1));
          }
          yield array;
        }
        case MappingNode mapping -> {
          ObjectNode object = NODES.objectNode();
          for (NodeTuple tuple : mapping.getValue()) {
            if (object.replace(key(tuple), convert(tuple.getValueNode(), depth + 1)) != null) {
              throw WingsException.invalid("invalid YAML: duplicate key " + key(tuple));
            }
          }
          yield object;
        }
        default -> throw WingsException.invalid("invalid YAML: alias without anchor");
      };
    }
  }

  /// Whether the scalar's meaning follows from its text: unquoted, and not told to be a string.
  private static boolean isPlain(ScalarNode scalar) {
    return scalar.isPlain()
        && (!scalar.getTag().equals(Tag.STR) || !YamlScalars.hasOtherMeaning(scalar.getValue()));
  }

  static String key(NodeTuple tuple) {
    if (tuple.getKeyNode() instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw WingsException.invalid("invalid YAML: a key must be a scalar");
  }

  // ---- writing: emitting

  private static @Nullable String emitMerged(String body, JsonNode wanted, String lineBreak) {
    boolean explicitStart = body.startsWith("---");
    for (boolean comments : new boolean[] {true, false}) {
      try {
        Node root = compose(body, comments);
        if (root == null) {
          return commentsOnly(body) + emit(toNode(wanted), false, lineBreak, false);
        }
        return emit(merge(root, wanted), comments, lineBreak, explicitStart);
      } catch (WingsException | YAMLException e) {
        continue; // a comment in a place the library cannot keep: once more without comments
      }
    }
    return null;
  }

  /// A document without content may still hold comments.
  private static String commentsOnly(String body) {
    return body.isBlank() || body.contains("---") ? "" : body.endsWith("\n") ? body : body + "\n";
  }

  /// The old nodes where they still say what is wanted, new ones elsewhere.
  private static Node merge(Node node, JsonNode wanted) {
    if (toTree(node).equals(wanted)) {
      return node;
    }
    Node merged;
    if (node instanceof MappingNode mapping && wanted.isObject()) {
      merged = mergeMapping(mapping, wanted);
    } else if (node instanceof SequenceNode sequence && wanted.isArray()) {
      List<Node> elements = new ArrayList<>();
      for (int i = 0; i < wanted.size(); i++) {
        elements.add(
            i < sequence.getValue().size()
                ? merge(sequence.getValue().get(i), wanted.get(i))
                : toNode(wanted.get(i)));
      }
      merged = new SequenceNode(Tag.SEQ, elements, flowFor(sequence.getFlowStyle(), elements));
    } else {
      merged = toNode(wanted);
    }
    merged.setBlockComments(node.getBlockComments());
    merged.setInLineComments(node.getInLineComments());
    merged.setEndComments(node.getEndComments());
    return merged;
  }

  private static Node mergeMapping(MappingNode mapping, JsonNode wanted) {
    List<NodeTuple> tuples = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (NodeTuple tuple : mapping.getValue()) {
      JsonNode child = wanted.get(key(tuple));
      if (child != null) {
        tuples.add(new NodeTuple(tuple.getKeyNode(), merge(tuple.getValueNode(), child)));
        seen.add(key(tuple));
      }
    }
    for (Map.Entry<String, JsonNode> member : wanted.properties()) {
      if (!seen.contains(member.getKey())) {
        tuples.add(new NodeTuple(keyNode(member.getKey()), toNode(member.getValue())));
      }
    }
    FlowStyle style = mapping.getValue().isEmpty() ? FlowStyle.BLOCK : mapping.getFlowStyle();
    return new MappingNode(Tag.MAP, tuples, style);
  }

  private static FlowStyle flowFor(FlowStyle style, List<Node> elements) {
    boolean scalars = elements.stream().allMatch(ScalarNode.class::isInstance);
    return scalars ? style : FlowStyle.BLOCK;
  }

  private static Node keyNode(String name) {
    return new ScalarNode(Tag.STR, name, null, null, YamlScalars.styleOf(name));
  }

  static Node toNode(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> {
        Map<String, JsonNode> members = new LinkedHashMap<>();
        value.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
        List<NodeTuple> tuples = new ArrayList<>();
        members.forEach((name, member) -> tuples.add(new NodeTuple(keyNode(name), toNode(member))));
        yield new MappingNode(Tag.MAP, tuples, FlowStyle.BLOCK);
      }
      case ARRAY -> {
        List<Node> elements = new ArrayList<>();
        value.forEach(element -> elements.add(toNode(element)));
        yield new SequenceNode(Tag.SEQ, elements, FlowStyle.BLOCK);
      }
      case STRING -> keyNode(value.textValue());
      case NUMBER -> {
        Tag tag = value.isIntegralNumber() ? Tag.INT : Tag.FLOAT;
        yield new ScalarNode(tag, value.asText(), null, null, ScalarStyle.PLAIN);
      }
      case BOOLEAN -> new ScalarNode(Tag.BOOL, value.asText(), null, null, ScalarStyle.PLAIN);
      default -> new ScalarNode(Tag.NULL, "null", null, null, ScalarStyle.PLAIN);
    };
  }

  static String emit(Node root, boolean processComments, String lineBreak, boolean explicitStart) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(FlowStyle.BLOCK);
    options.setIndent(2);
    options.setSplitLines(false);
    options.setProcessComments(processComments);
    options.setExplicitStart(explicitStart);
    options.setLineBreak(
        lineBreak.equals("\n") ? DumperOptions.LineBreak.UNIX : DumperOptions.LineBreak.WIN);
    StringWriter out = new StringWriter();
    new org.yaml.snakeyaml.Yaml(options).serialize(root, out);
    return out.toString();
  }
}
