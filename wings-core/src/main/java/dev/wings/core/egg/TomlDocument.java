package dev.wings.core.egg;

import dev.wings.core.egg.Toml.Array;
import dev.wings.core.egg.Toml.Body;
import dev.wings.core.egg.Toml.Entry;
import dev.wings.core.egg.Toml.InlineTable;
import dev.wings.core.egg.Toml.Kind;
import dev.wings.core.egg.Toml.Node;
import dev.wings.core.egg.Toml.Section;
import dev.wings.core.egg.Toml.Table;
import dev.wings.core.egg.Toml.TableArray;
import dev.wings.core.egg.Toml.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A TOML document cut into the pieces of its text: rendered again it is the same text, and a
/// change exchanges only the pieces it is about.
///
/// Two structures share the entries. The *text* is a chain of sections (the top of the document and
/// what follows each header), each a chain of entries. The *tree* of tables says what they mean;
/// its tables know where in the text their next key belongs.
final class TomlDocument {
  private final String lineEnd;
  private final Section top = new Section("", "");
  private final Table root = Table.root(top);

  /// Blank lines and comments behind the last entry.
  private String end = "";

  TomlDocument(String lineEnd) {
    this.lineEnd = lineEnd;
  }

  Table root() {
    return root;
  }

  Section top() {
    return top;
  }

  String lineEnd() {
    return lineEnd;
  }

  void end(String trivia) {
    end = trivia;
  }

  String render() {
    StringBuilder out = new StringBuilder();
    for (Section section = top; section != null; section = section.next) {
      out.append(section.removed ? Toml.wholeLines(section.lead) : section.lead + section.header);
      section.body.render(out);
    }
    return out.append(end).toString();
  }

  /// The content without its layout: maps, lists and scalars without their source.
  Object content() {
    return content(root);
  }

  static Object content(Node node) {
    return switch (node) {
      case Table table -> {
        Map<String, Object> members = new LinkedHashMap<>();
        table.children.forEach((name, child) -> members.put(name, content(child)));
        yield members;
      }
      case TableArray array -> array.elements.stream().map(TomlDocument::content).toList();
      case Entry entry -> content(entry.value);
    };
  }

  static Object content(Value value) {
    return switch (value) {
      case TomlScalar scalar -> new TomlScalar(scalar.kind(), "", scalar.meaning());
      case Array array -> array.elements.stream().map(TomlDocument::content).toList();
      case InlineTable inline -> content(inline.table());
    };
  }

  // ---- changes

  /// Gives a key of a table its value; whatever had that name goes.
  void put(Table table, String name, Value value) {
    if (table.children.get(name) instanceof Entry entry) {
      replace(entry, value);
      return;
    }
    remove(table, name);
    Entry entry = new Entry("", "", value, "");
    if (table.kind == Kind.SUPER) {
      open(table);
    }
    table.children.put(name, entry);
    switch (table.kind) {
      case HEADER, SUPER -> addLine(table, null, entry, quote(name));
      case DOTTED -> addDotted(table, entry, name);
      case INLINE -> addInline(table, entry, quote(name));
    }
  }

  /// Exchanges the value of an entry, unless it already means the same.
  static void replace(Entry entry, Value value) {
    if (content(entry.value).equals(content(value))) {
      return;
    }
    boolean scalars = entry.value instanceof TomlScalar && value instanceof TomlScalar;
    entry.value = scalars ? ((TomlScalar) value).quotedLike((TomlScalar) entry.value) : value;
  }

  /// The table below another one, created when it is missing or something else has its name.
  Table descend(Table parent, String name) {
    Node child = parent.children.get(name);
    if (child instanceof Table table) {
      return table;
    }
    if (child instanceof Entry entry) {
      if (entry.value instanceof InlineTable inline) {
        return inline.table();
      }
      if (parent.inline()) {
        InlineTable fresh = InlineTable.empty();
        entry.value = fresh;
        return fresh.table();
      }
    }
    remove(parent, name);
    Table fresh =
        switch (parent.kind) {
          case HEADER, SUPER -> Table.below(parent, name, Kind.SUPER, null);
          case DOTTED -> Table.below(parent, name, Kind.DOTTED, parent.body);
          case INLINE -> {
            InlineTable inline = InlineTable.empty();
            put(parent, name, inline);
            yield inline.table();
          }
        };
    parent.children.computeIfAbsent(name, _ -> fresh);
    return fresh;
  }

  /// An array of tables below a table that is no inline table, created like [#descend].
  TableArray descendArray(Table parent, String name) {
    if (parent.children.get(name) instanceof TableArray array) {
      return array;
    }
    remove(parent, name);
    TableArray fresh = new TableArray();
    parent.children.put(name, fresh);
    return fresh;
  }

  /// Adds an empty table to an array of tables.
  void addElement(Table parent, String name, TableArray array) {
    Table last = array.elements.isEmpty() ? null : array.elements.getLast();
    Section anchor = last == null ? anchor(parent) : anchor(last);
    Section section = insert(anchor, "[[" + path(parent, name) + "]]");
    Table element = Table.below(parent, name, Kind.HEADER, section.body);
    element.section = section;
    array.elements.add(element);
    element.reach(anchor, section);
  }

  /// Adds an element to an array in the way its other elements are laid out.
  void addElement(Array array, Value value) {
    Entry entry = new Entry("", "", value, "");
    array.elements.add(entry);
    addToList(array.body, entry, array.body.last == null ? "" : " ", "");
  }

  private static void remove(Table parent, String name) {
    Node child = parent.children.remove(name);
    if (child != null) {
      hide(child);
    }
  }

  private static void hide(Node node) {
    switch (node) {
      case Entry entry -> entry.removed = true;
      case TableArray array -> array.elements.forEach(TomlDocument::hide);
      case Table table -> {
        if (table.section != null) {
          table.section.removed = true;
        }
        table.children.values().forEach(TomlDocument::hide);
      }
    }
  }

  // ---- where new text goes

  /// Writes the header of a table that so far was only named by the headers below it.
  private void open(Table table) {
    Section anchor = anchor(table);
    Section section = insert(anchor, "[" + path(parent(table), table.name) + "]");
    table.kind = Kind.HEADER;
    table.section = section;
    table.body = section.body;
    table.reach(anchor, section);
  }

  private static Table parent(Table table) {
    return Objects.requireNonNull(table.parent, "the root always has its section");
  }

  /// The last section of a table, or of the nearest one above that has any.
  private Section anchor(Table table) {
    for (Table at = table; at != null; at = at.parent) {
      if (at.last != null) {
        return at.last;
      }
    }
    return top;
  }

  private static String path(Table parent, String name) {
    StringBuilder path = new StringBuilder(quote(name));
    for (Table at = parent; at.parent != null; at = at.parent) {
      path.insert(0, quote(at.name) + ".");
    }
    return path.toString();
  }

  private Section insert(Section anchor, String header) {
    finishLine(anchor);
    String lead = anchor.next == null ? takeEnd() : "";
    boolean first = anchor == top && anchor.body.last == null && lead.isEmpty();
    boolean spaced = lead.endsWith(lineEnd + lineEnd) || lead.equals(lineEnd);
    Section section = new Section(first || spaced ? lead : lead + lineEnd, header + lineEnd);
    section.next = anchor.next;
    anchor.next = section;
    return section;
  }

  /// What stands behind the last entry, as whole lines.
  private String takeEnd() {
    String lines = end.isEmpty() || end.endsWith("\n") ? end : end + lineEnd;
    end = "";
    return lines;
  }

  private void finishLine(Section section) {
    Entry last = section.body.last;
    if (last == null) {
      section.header = section.header.isEmpty() ? "" : ended(section.header);
    } else if (!last.removed) {
      last.tail = ended(last.tail);
    }
  }

  private String ended(String text) {
    return text.endsWith("\n") ? text : text + lineEnd;
  }

  private void addLine(Table table, @Nullable Entry after, Entry entry, String key) {
    Section section = Objects.requireNonNull(table.section, "only a table with a header has lines");
    entry.key = key + " = ";
    entry.tail = lineEnd;
    finishLine(section);
    Entry previous = after == null ? section.body.last : after;
    if (previous != null) {
      entry.lead = indent(previous.lead);
    } else if (section.next == null) {
      entry.lead = takeEnd();
    } else if (section == top) {
      splitLead(section.next, entry);
    }
    section.body.insertAfter(previous, entry);
  }

  /// Puts the first key of a document between the comments at its beginning and the ones that
  /// belong to the first header.
  private void splitLead(Section next, Entry entry) {
    int blank = next.lead.lastIndexOf(lineEnd + lineEnd);
    int split = blank < 0 ? 0 : blank + 2 * lineEnd.length();
    entry.lead = next.lead.substring(0, split);
    next.lead = lineEnd + next.lead.substring(split);
  }

  private void addDotted(Table table, Entry entry, String name) {
    StringBuilder key = new StringBuilder(quote(name));
    Table owner = table;
    for (; owner.kind == Kind.DOTTED; owner = parent(owner)) {
      key.insert(0, quote(owner.name) + ".");
    }
    if (owner.inline()) {
      addInline(owner, entry, key.toString());
      return;
    }
    Entry after = null;
    for (Table at = table; at.kind == Kind.DOTTED && after == null; at = parent(at)) {
      after = at.lastEntry;
    }
    addLine(owner, after, entry, key.toString());
    for (Table at = table; at.kind == Kind.DOTTED; at = parent(at)) {
      if (at.lastEntry == null || at.lastEntry == after) {
        at.lastEntry = entry;
      }
    }
  }

  private void addInline(Table table, Entry entry, String key) {
    entry.key = key + " = ";
    addToList(Objects.requireNonNull(table.body, "an inline table has a body"), entry, " ", " ");
  }

  /// Adds to what is separated by commas. A list over several lines gets one more line.
  private void addToList(Body body, Entry entry, String blank, String lastBlank) {
    Entry last = body.last == null || body.last.removed ? null : body.last;
    String behind = last == null || body.trailingComma ? body.end : last.tail;
    String closing;
    int line = behind.lastIndexOf('\n');
    if (line < 0) {
      entry.lead = blank;
      closing = last == null ? lastBlank : behind;
    } else {
      entry.lead = behind.substring(0, line + 1) + (last == null ? "" : indent(last.lead));
      closing = lineEnd + behind.substring(line + 1);
    }
    if (last == null || body.trailingComma) {
      body.end = closing;
    } else {
      last.tail = "";
      entry.tail = closing;
    }
    body.insertAfter(body.last, entry);
  }

  /// A key as it is written: bare where it can be.
  private static String quote(String name) {
    boolean bare =
        !name.isEmpty() && name.chars().allMatch(c -> c < 128 && TomlParser.isBare((char) c));
    return bare ? name : TomlScalar.string(name).source();
  }

  private static String indent(String lead) {
    return lead.substring(lead.lastIndexOf('\n') + 1);
  }
}
