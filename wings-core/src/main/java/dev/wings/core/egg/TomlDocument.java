package dev.wings.core.egg;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
      out.append(section.removed ? wholeLines(section.lead) : section.lead + section.header);
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
      case InlineTable inline -> content(inline.table);
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
        return inline.table;
      }
      if (parent.inline()) {
        InlineTable fresh = InlineTable.empty();
        entry.value = fresh;
        return fresh.table;
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
            yield inline.table;
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

  private static String wholeLines(String lead) {
    return lead.substring(0, lead.lastIndexOf('\n') + 1);
  }

  // ---- pieces of the text

  /// A header and the lines below it, up to the next header.
  static final class Section {
    private String lead;
    private String header;
    private final Body body = new Body(/* list= */ false);
    private @Nullable Section next;
    private boolean removed;

    /// @param lead blank lines and comments before the header
    /// @param header up to and including its line end; empty for the top of the document
    Section(String lead, String header) {
      this.lead = lead;
      this.header = header;
    }

    void follow(Section section) {
      next = section;
    }

    Body body() {
      return body;
    }
  }

  /// Entries in the order of the text: lines, or what stands between brackets.
  static final class Body {
    private final boolean list;
    private @Nullable Entry first;
    private @Nullable Entry last;
    private String end = "";
    private boolean trailingComma;

    Body(boolean list) {
      this.list = list;
    }

    void add(Entry entry) {
      insertAfter(last, entry);
    }

    /// @param trivia what stands before the closing bracket
    /// @param comma whether one follows the last entry
    void close(String trivia, boolean comma) {
      end = trivia;
      trailingComma = comma;
    }

    private void insertAfter(@Nullable Entry entry, Entry added) {
      if (entry == null) {
        added.next = first;
        first = added;
      } else {
        added.next = entry.next;
        entry.next = added;
      }
      if (last == entry) {
        last = added;
      }
    }

    private void render(StringBuilder out) {
      boolean comma = false;
      for (Entry entry = first; entry != null; entry = entry.next) {
        if (entry.removed) {
          out.append(list ? "" : wholeLines(entry.lead));
          continue;
        }
        out.append(comma ? "," : "").append(entry.lead).append(entry.key);
        entry.value.render(out);
        out.append(entry.tail);
        comma = list;
      }
      out.append(trailingComma && comma ? "," : "").append(end);
    }
  }

  // ---- the tree

  /// What a name or an index leads to.
  sealed interface Node permits Table, TableArray, Entry {}

  /// What stands behind an equals sign or in an array.
  sealed interface Value permits TomlScalar, Array, InlineTable {
    void render(StringBuilder out);
  }

  /// A value and the text around it.
  static final class Entry implements Node {
    private String lead;
    private String key;
    private Value value;
    private String tail;
    private @Nullable Entry next;
    private boolean removed;

    /// @param lead blank lines, comments and blanks before the key
    /// @param key with the equals sign and the blanks around it; empty in an array
    /// @param tail blanks, comment and line end behind the value
    Entry(String lead, String key, Value value, String tail) {
      this.lead = lead;
      this.key = key;
      this.value = value;
      this.tail = tail;
    }

    Value value() {
      return value;
    }

    void tail(String text) {
      tail = text;
    }
  }

  /// How a table came to be, which decides where its next key is written.
  enum Kind {
    /// It has a section of its own.
    HEADER,
    /// Only headers of tables below name it.
    SUPER,
    /// Keys with dots name it.
    DOTTED,
    /// It stands between braces.
    INLINE
  }

  static final class Table implements Node {
    private final @Nullable Table parent;
    private final String name;
    private final int depth;
    private final Map<String, Node> children = new LinkedHashMap<>();
    private Kind kind;
    private @Nullable Section section;
    private @Nullable Body body;
    private @Nullable Section last;
    private @Nullable Entry lastEntry;

    private Table(@Nullable Table parent, String name, int depth, Kind kind, @Nullable Body body) {
      this.parent = parent;
      this.name = name;
      this.depth = depth;
      this.kind = kind;
      this.body = body;
    }

    private static Table root(Section top) {
      Table root = new Table(null, "", 0, Kind.HEADER, top.body);
      root.section = top;
      root.last = top;
      return root;
    }

    static Table below(Table parent, String name, Kind kind, @Nullable Body body) {
      return new Table(parent, name, parent.depth + 1, kind, body);
    }

    static Table inline(int depth, Body body) {
      return new Table(null, "", depth, Kind.INLINE, body);
    }

    Map<String, Node> children() {
      return children;
    }

    int depth() {
      return depth;
    }

    Kind kind() {
      return kind;
    }

    @Nullable Body body() {
      return body;
    }

    /// Turns a table that headers below it have named into one with a section, or into one that is
    /// named by keys with dots.
    void become(Kind wanted, Body where, @Nullable Section own) {
      kind = wanted;
      body = where;
      section = own;
    }

    void lastEntry(Entry entry) {
      lastEntry = entry;
    }

    /// Whether new keys land between braces.
    boolean inline() {
      return body != null && body.list;
    }

    /// Notes a new section below this table, which was inserted directly behind another one; null
    /// when it is the last of the document.
    void reach(@Nullable Section after, Section added) {
      for (Table at = this; at != null; at = at.parent) {
        if (after == null || at.last == null || at.last == after) {
          at.last = added;
        }
      }
    }
  }

  /// An array whose elements are tables with headers in double brackets.
  static final class TableArray implements Node {
    private final List<Table> elements = new ArrayList<>();

    List<Table> elements() {
      return elements;
    }
  }

  /// An array in brackets.
  static final class Array implements Value {
    private final Body body = new Body(/* list= */ true);
    private final List<Entry> elements = new ArrayList<>();

    Body body() {
      return body;
    }

    List<Entry> elements() {
      return elements;
    }

    void add(Entry element) {
      elements.add(element);
      body.add(element);
    }

    @Override
    public void render(StringBuilder out) {
      out.append('[');
      body.render(out);
      out.append(']');
    }
  }

  /// A table between braces.
  ///
  /// @param table what it means
  record InlineTable(Table table) implements Value {
    static InlineTable empty() {
      return new InlineTable(Table.inline(0, new Body(/* list= */ true)));
    }

    @Override
    public void render(StringBuilder out) {
      out.append('{');
      Objects.requireNonNull(table.body, "an inline table has a body").render(out);
      out.append('}');
    }
  }
}
