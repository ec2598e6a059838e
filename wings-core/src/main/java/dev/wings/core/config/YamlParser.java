package dev.wings.core.config;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.parser.Parser;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/// Reads one YAML document into [YamlNode]s. Only the library's parser is used: nothing is resolved
/// or constructed, and no tag has an effect.
///
/// Bounds (`threats.md` JV-03): 1 MiB of text, 64 levels, 100,000 nodes.
final class YamlParser {
  static final int MAX_CHARACTERS = 1 << 20;
  static final int MAX_NODES = 100_000;
  private static final int MAX_DEPTH = 64;

  private final Parser events;
  private final Map<String, YamlNode> anchors = new HashMap<>();
  private int nodes;

  private YamlParser(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(MAX_CHARACTERS);
    events = new ParserImpl(new StreamReader(text), options);
  }

  /// The document; null when the text holds none.
  ///
  /// @throws WingsException kind INVALID with the line when it is no single YAML document
  static @Nullable YamlNode parse(String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw WingsException.invalid("larger than " + MAX_CHARACTERS + " characters");
    }
    try {
      return new YamlParser(text).document();
    } catch (MarkedYAMLException malformed) {
      String where =
          malformed.getProblemMark() == null
              ? ""
              : "line " + (malformed.getProblemMark().getLine() + 1) + ": ";
      throw new WingsException(
          ErrorKind.INVALID, where + "not YAML: " + malformed.getProblem(), malformed);
    } catch (YAMLException malformed) {
      throw new WingsException(ErrorKind.INVALID, "not YAML: " + malformed.getMessage(), malformed);
    }
  }

  private @Nullable YamlNode document() {
    next(); // stream start
    if (next().is(Event.ID.StreamEnd)) {
      return null;
    }
    YamlNode root = node(next(), 0);
    next(); // document end
    Event after = next();
    if (!after.is(Event.ID.StreamEnd)) {
      throw at(line(after), "more than one YAML document");
    }
    return root;
  }

  private Event next() {
    return events.getEvent();
  }

  private YamlNode node(Event event, int depth) {
    if (++nodes > MAX_NODES) {
      throw at(line(event), "more than " + MAX_NODES + " values");
    }
    if (depth > MAX_DEPTH) {
      throw at(line(event), "more than " + MAX_DEPTH + " levels");
    }
    YamlNode node = event(event, depth);
    String anchor = ((NodeEvent) event).getAnchor();
    if (anchor != null && node.kind != YamlNode.Kind.ALIAS) {
      anchors.put(anchor, node);
    }
    return node;
  }

  private YamlNode event(Event event, int depth) {
    if (event.is(Event.ID.Scalar)) {
      ScalarEvent scalar = (ScalarEvent) event;
      YamlNode node = make(YamlNode.Kind.SCALAR, event);
      node.text = scalar.getValue();
      node.plain = scalar.isPlain();
      node.tag = scalar.getTag();
      return node;
    }
    if (event.is(Event.ID.Alias)) {
      YamlNode node = make(YamlNode.Kind.ALIAS, event);
      node.text = ((AliasEvent) event).getAnchor();
      node.target = anchors.get(node.text);
      if (node.target == null) { // an enclosing one is not known yet either
        throw at(node.line, "the alias *" + node.text + " has no finished anchor before it");
      }
      return node;
    }
    boolean mapping = event.is(Event.ID.MappingStart);
    YamlNode node = make(mapping ? YamlNode.Kind.MAPPING : YamlNode.Kind.SEQUENCE, event);
    node.flow = ((CollectionStartEvent) event).isFlow();
    node.tag = ((CollectionStartEvent) event).getTag();
    Event.ID end = mapping ? Event.ID.MappingEnd : Event.ID.SequenceEnd;
    Event inner = next();
    while (!inner.is(end)) {
      node.items.add(node(inner, depth + 1));
      inner = next();
    }
    node.end = inner.getEndMark().getIndex();
    return node;
  }

  private static YamlNode make(YamlNode.Kind kind, Event event) {
    int start = event.getStartMark().getIndex();
    return new YamlNode(kind, line(event), start, event.getEndMark().getIndex());
  }

  private static int line(Event event) {
    return event.getStartMark().getLine() + 1;
  }

  static WingsException at(int line, String problem) {
    return WingsException.invalid("line " + line + ": " + problem);
  }
}
