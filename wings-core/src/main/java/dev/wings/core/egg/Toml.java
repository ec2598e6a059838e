package dev.wings.core.egg;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a [TomlDocument] is made of.
final class Toml {
  private Toml() {}

  /// Text up to its last line end.
  static String wholeLines(String text) {
    return text.substring(0, text.lastIndexOf('\n') + 1);
  }

  // ---- pieces of the text

  /// A header and the lines below it, up to the next header.
  static final class Section {
    String lead;
    String header;
    final Body body = new Body(/* list= */ false);
    @Nullable Section next;
    boolean removed;

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
    final boolean list;
    @Nullable Entry first;
    @Nullable Entry last;
    String end = "";
    boolean trailingComma;

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

    void insertAfter(@Nullable Entry entry, Entry added) {
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

    void render(StringBuilder out) {
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
    String lead;
    String key;
    Value value;
    String tail;
    @Nullable Entry next;
    boolean removed;

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
    final @Nullable Table parent;
    final String name;
    final int depth;
    final Map<String, Node> children = new LinkedHashMap<>();
    Kind kind;
    @Nullable Section section;
    @Nullable Body body;
    @Nullable Section last;
    @Nullable Entry lastEntry;

    private Table(@Nullable Table parent, String name, int depth, Kind kind, @Nullable Body body) {
      this.parent = parent;
      this.name = name;
      this.depth = depth;
      this.kind = kind;
      this.body = body;
    }

    static Table root(Section top) {
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
    final List<Table> elements = new ArrayList<>();

    List<Table> elements() {
      return elements;
    }
  }

  /// An array in brackets.
  static final class Array implements Value {
    final Body body = new Body(/* list= */ true);
    final List<Entry> elements = new ArrayList<>();

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
