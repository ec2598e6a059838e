package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a YAML text say something else by replacing, inserting and cutting as little text as
/// possible, so that comments, order, quoting and blank lines stay. A changed list, and a changed
/// mapping that loses all its keys, are written anew on one line.
///
/// The result is read again. A layout that the editor does not know, such as a changed value that
/// carries an anchor, would say something else; then the file is written without its comments.
final class YamlEditor {
  private static final Logger log = LoggerFactory.getLogger(YamlEditor.class);

  private final ConfigText old;
  private final String text;
  private final String newline;
  private final List<Edit> edits = new ArrayList<>();

  private record Edit(int start, int end, String replacement) {}

  private YamlEditor(ConfigText old) {
    this.old = old;
    this.text = old.text();
    this.newline = text.contains("\r\n") ? "\r\n" : "\n";
  }

  /// Edits a file, or writes it anew when that cannot be done.
  static ConfigText edit(ConfigText old, ObjectNode wanted) {
    String reason = "the edited text would say something else";
    try {
      ConfigText result = ConfigText.parse(new YamlEditor(old).edit(wanted));
      if (result.says(wanted)) {
        return result;
      }
    } catch (WingsException unreadable) {
      reason = unreadable.getMessage();
    }
    log.atWarn()
        .addKeyValue("reason", reason)
        .log("comments of the configuration file could not be kept");
    return ConfigText.parse(YamlWriter.block(wanted, 0, "\n"));
  }

  private String edit(ObjectNode wanted) {
    YamlNode root = old.root();
    if (root == null || root.kind != YamlNode.Kind.MAPPING || old.tree().isEmpty()) {
      String comments = root == null ? text : "";
      String gap = comments.isEmpty() || comments.endsWith("\n") ? "" : newline;
      return comments + gap + YamlWriter.block(wanted, 0, newline);
    }
    mapping(root, old.tree(), wanted, ConfigSchema.root());
    edits.sort(Comparator.comparingInt(Edit::start)); // stable: at one place, as they were made
    StringBuilder result = new StringBuilder(text.length());
    int done = 0;
    for (Edit edit : edits) {
      result.append(text, done, Math.max(done, edit.start())).append(edit.replacement());
      done = Math.max(done, edit.end());
    }
    result.append(text, done, text.length());
    return result.toString();
  }

  private void mapping(YamlNode node, ObjectNode now, ObjectNode wanted, @Nullable Shape shape) {
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < node.items.size(); i += 2) {
      YamlNode key = node.items.get(i);
      YamlNode value = node.items.get(i + 1);
      JsonNode want = wanted.get(key.text);
      if (want == null) {
        cut(node, i);
        continue;
      }
      kept.add(i);
      JsonNode have = now.path(key.text);
      if (SameContent.of(have, want)) {
        continue;
      }
      if (value.kind == YamlNode.Kind.MAPPING
          && have instanceof ObjectNode from
          && want instanceof ObjectNode to
          && (from.isEmpty() ? value.flow : overlap(from, to))) {
        mapping(value, from, to, shape == null ? null : shape.member(key.text));
      } else {
        replace(node, key, value, want);
      }
    }
    insertNew(node, kept, now, wanted, shape);
  }

  private static boolean overlap(ObjectNode a, ObjectNode b) {
    return a.propertyStream().anyMatch(member -> b.has(member.getKey()));
  }

  private void replace(YamlNode mapping, YamlNode key, YamlNode value, JsonNode want) {
    boolean block =
        (value.kind == YamlNode.Kind.MAPPING || value.kind == YamlNode.Kind.SEQUENCE)
            && !value.flow;
    boolean absent = value.kind == YamlNode.Kind.SCALAR && value.start == value.end;
    if (absent && !mapping.flow && want instanceof ObjectNode object && !object.isEmpty()) {
      String lines = YamlWriter.block(object, column(key) + 2, newline);
      insertLines(lineEnd(offset(value.end)), lines);
    } else if (block || absent) {
      int colon = text.indexOf(':', offset(key.end));
      edits.add(new Edit(colon + 1, end(value), " " + YamlWriter.inline(want)));
    } else {
      edits.add(new Edit(offset(value.start), end(value), YamlWriter.inline(want)));
    }
  }

  private void cut(YamlNode mapping, int index) {
    YamlNode key = mapping.items.get(index);
    YamlNode value = mapping.items.get(index + 1);
    if (!mapping.flow) {
      int lineStart = text.lastIndexOf('\n', offset(key.start) - 1) + 1;
      int after = lineEnd(end(value));
      edits.add(new Edit(lineStart, Math.min(text.length(), after + 1), ""));
    } else if (index + 2 < mapping.items.size()) {
      edits.add(new Edit(offset(key.start), offset(mapping.items.get(index + 2).start), ""));
    } else if (index > 0) {
      edits.add(new Edit(end(mapping.items.get(index - 1)), end(value), ""));
    } else {
      edits.add(new Edit(offset(key.start), end(value), ""));
    }
  }

  private void insertNew(
      YamlNode node, List<Integer> kept, ObjectNode now, ObjectNode wanted, @Nullable Shape shape) {
    if (node.flow) {
      StringBuilder members = new StringBuilder();
      for (Map.Entry<String, JsonNode> member : wanted.properties()) {
        if (!now.has(member.getKey())) {
          members.append(kept.isEmpty() && members.isEmpty() ? "" : ", ");
          members.append(YamlWriter.text(member.getKey())).append(": ");
          members.append(YamlWriter.inline(member.getValue()));
        }
      }
      if (!members.isEmpty()) {
        int at = kept.isEmpty() ? offset(node.start) + 1 : end(node.items.get(kept.getLast() + 1));
        edits.add(new Edit(at, at, members.toString()));
      }
      return;
    }
    int indent = column(node.items.getFirst());
    for (Map.Entry<String, JsonNode> member : wanted.properties()) {
      if (!now.has(member.getKey())) {
        String lines = YamlWriter.member(member.getKey(), member.getValue(), indent, newline);
        insertLines(lineEnd(predecessor(node, kept, member.getKey(), shape)), lines);
      }
    }
  }

  /// The end of the key after which a new one belongs: the last one that the schema has before it;
  /// without one the first of all, whose comment above it stays where it is; behind everything for
  /// a key that the schema does not know.
  private int predecessor(YamlNode node, List<Integer> kept, String name, @Nullable Shape shape) {
    int best = kept.isEmpty() ? 0 : kept.getFirst();
    if (shape instanceof Shape.Section section && section.members().containsKey(name)) {
      Set<String> before = new HashSet<>();
      for (String known : section.members().keySet()) {
        if (known.equals(name)) {
          break;
        }
        before.add(known);
      }
      for (int index : kept) {
        if (before.contains(node.items.get(index).text)) {
          best = index;
        }
      }
    } else if (!kept.isEmpty()) {
      best = kept.getLast();
    }
    return end(node.items.get(best + 1));
  }

  /// @param lines end with a line end, which moves to the front: they go behind a line's last
  ///   character
  private void insertLines(int at, String lines) {
    String moved = newline + lines.substring(0, lines.length() - newline.length());
    edits.add(new Edit(at, at, moved));
  }

  /// Where a value ends; a text in block style ends before its last line end.
  private int end(YamlNode value) {
    int end = offset(value.lastEnd());
    while (end > 0 && end > offset(value.start) && isLineEnd(text.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  private int lineEnd(int from) {
    int end = from;
    while (end < text.length() && !isLineEnd(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }

  private int column(YamlNode node) {
    int start = offset(node.start);
    return start - (text.lastIndexOf('\n', start - 1) + 1);
  }

  private int offset(int codePoints) {
    return text.offsetByCodePoints(0, codePoints);
  }
}
