package dev.wings.core.egg;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
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
import dev.wings.core.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads TOML 1.0, and what 1.1 allows in addition, without losing a character of it. Nesting and
/// the number of values are bounded (`threats.md` JV-03); a document that breaks the rules of the
/// language is refused as a whole.
final class TomlParser {
  private static final int MAX_VALUES = 100_000;

  private final String text;

  /// Whether additions of TOML 1.1 are accepted.
  private final boolean lenient;

  private int position;
  private int values;

  private TomlParser(String text, boolean lenient) {
    this.text = text;
    this.lenient = lenient;
  }

  /// @throws WingsException kind INVALID with the line of the mistake, kind LIMIT beyond a limit
  static TomlDocument parse(String text) {
    return new TomlParser(text, /* lenient= */ true).document();
  }

  /// Reads a text that is one value of TOML 1.0 and nothing else.
  ///
  /// @throws WingsException when it is not
  static Value value(String text) {
    TomlParser parser = new TomlParser(text, /* lenient= */ false);
    Value value = parser.value(1);
    if (parser.position < text.length()) {
      throw parser.malformed("text behind a value");
    }
    return value;
  }

  static boolean isBare(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  // ---- lines

  private TomlDocument document() {
    int firstLine = text.indexOf('\n');
    boolean windows = firstLine > 0 && text.charAt(firstLine - 1) == '\r';
    TomlDocument document = new TomlDocument(windows ? "\r\n" : "\n");
    Section section = document.top();
    Table table = document.root();
    while (true) {
      String lead = trivia();
      if (position == text.length()) {
        document.end(lead);
        return document;
      }
      if (peek() == '[') {
        int start = position;
        boolean array = text.startsWith("[[", start);
        position += array ? 2 : 1;
        List<String> names = names();
        expect(array ? "]]" : "]");
        lineTail();
        Section fresh = new Section(lead, text.substring(start, position));
        section.follow(fresh);
        section = fresh;
        table = header(document.root(), names, section, array);
      } else {
        Entry entry = pair(lead, table);
        int start = position;
        lineTail();
        entry.tail(text.substring(start, position));
        section.body().add(entry);
      }
    }
  }

  private Table header(Table root, List<String> names, Section section, boolean array) {
    Table at = root;
    for (String name : names.subList(0, names.size() - 1)) {
      Table parent = at;
      Node child = at.children().computeIfAbsent(name, _ -> table(parent, name, Kind.SUPER, null));
      at =
          switch (child) {
            case Table table -> table;
            case TableArray list -> list.elements().getLast();
            case Entry _ -> throw malformed("a header goes through a value");
          };
    }
    Table table = array ? element(at, names.getLast(), section) : own(at, names.getLast(), section);
    table.reach(null, section);
    return table;
  }

  private Table element(Table parent, String name, Section section) {
    Node child = parent.children().computeIfAbsent(name, _ -> new TableArray());
    if (!(child instanceof TableArray array)) {
      throw malformed("an array of tables has the name of something else");
    }
    Table element = table(parent, name, Kind.HEADER, section.body());
    element.become(Kind.HEADER, section.body(), section);
    array.elements().add(element);
    return element;
  }

  private Table own(Table parent, String name, Section section) {
    Node child =
        parent.children().computeIfAbsent(name, _ -> table(parent, name, Kind.SUPER, null));
    if (!(child instanceof Table table) || table.kind() != Kind.SUPER) {
      throw malformed("a table is defined twice");
    }
    table.become(Kind.HEADER, section.body(), section);
    return table;
  }

  private Table table(Table parent, String name, Kind kind, @Nullable Body body) {
    count(parent.depth() + 1);
    return Table.below(parent, name, kind, body);
  }

  /// A key and its value, entered into the tree; what follows the value is left to the caller.
  private Entry pair(String lead, Table table) {
    int start = position;
    List<String> names = names();
    expect("=");
    blanks();
    String key = text.substring(start, position);
    Entry entry = new Entry(lead, key, value(table.depth() + names.size()), "");
    Table at = table;
    for (String name : names.subList(0, names.size() - 1)) {
      at = dotted(at, name, table);
      at.lastEntry(entry);
    }
    if (at.children().putIfAbsent(names.getLast(), entry) != null) {
      throw malformed("a key is defined twice");
    }
    return entry;
  }

  private Table dotted(Table parent, String name, Table owner) {
    Body body = Objects.requireNonNull(owner.body(), "a table with entries has a body");
    Node child =
        parent.children().computeIfAbsent(name, _ -> table(parent, name, Kind.DOTTED, body));
    if (child instanceof Table table && table.kind() == Kind.SUPER) {
      table.become(Kind.DOTTED, body, null);
    }
    if (child instanceof Table table && table.kind() == Kind.DOTTED && table.body() == body) {
      return table;
    }
    throw malformed("a key extends something that is defined elsewhere");
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    do {
      position += names.isEmpty() ? 0 : 1;
      blanks();
      names.add(name());
      blanks();
    } while (peek() == '.');
    return names;
  }

  private String name() {
    char c = peek();
    if (c == '"' || c == '\'') {
      if (text.startsWith("\"\"\"", position) || text.startsWith("'''", position)) {
        throw malformed("a key over several lines");
      }
      return string().meaning();
    }
    int start = position;
    while (isBare(peek())) {
      position++;
    }
    if (position == start) {
      throw malformed("a key is missing");
    }
    return text.substring(start, position);
  }

  // ---- values

  private Value value(int depth) {
    count(depth);
    return switch (peek()) {
      case '"', '\'' -> string();
      case '[' -> array(depth);
      case '{' -> inlineTable(depth);
      default -> bare();
    };
  }

  private Array array(int depth) {
    Array array = new Array();
    position++;
    while (true) {
      String lead = trivia();
      if (peek() == ']') {
        position++;
        array.body().close(lead, !array.elements().isEmpty());
        return array;
      }
      Value value = value(depth + 1);
      array.add(new Entry(lead, "", value, trivia()));
      if (peek() != ',') {
        expect("]");
        return array;
      }
      position++;
    }
  }

  private InlineTable inlineTable(int depth) {
    Body body = new Body(/* list= */ true);
    Table table = Table.inline(depth, body);
    position++;
    boolean empty = true;
    while (true) {
      String lead = inlineTrivia();
      if (peek() == '}' && (empty || lenient)) {
        position++;
        body.close(lead, !empty);
        return new InlineTable(table);
      }
      Entry entry = pair(lead, table);
      entry.tail(inlineTrivia());
      body.add(entry);
      empty = false;
      if (peek() != ',') {
        expect("}");
        return new InlineTable(table);
      }
      position++;
    }
  }

  private String inlineTrivia() {
    if (lenient) {
      return trivia();
    }
    int start = position;
    blanks();
    return text.substring(start, position);
  }

  private TomlScalar bare() {
    int start = position;
    while (isBare(peek()) || (peek() != 0 && "+.:".indexOf(peek()) >= 0)) {
      position++;
    }
    boolean date = position - start == 10 && text.charAt(start + 4) == '-';
    if (date
        && peek() == ' '
        && position + 1 < text.length()
        && isDigit(text.charAt(position + 1))) {
      do {
        position++;
      } while (isBare(peek()) || (peek() != 0 && "+.:".indexOf(peek()) >= 0));
    }
    TomlScalar scalar = TomlScalar.bare(text.substring(start, position), lenient);
    if (scalar == null) {
      throw malformed("a value is missing or of no known type");
    }
    return scalar;
  }

  private TomlScalar string() {
    int start = position;
    char quote = peek();
    boolean literal = quote == '\'';
    String three = String.valueOf(quote).repeat(3);
    boolean lines = text.startsWith(three, position);
    position += lines ? 3 : 1;
    if (lines) {
      position += text.startsWith("\r\n", position) ? 2 : peek() == '\n' ? 1 : 0;
    }
    StringBuilder meaning = new StringBuilder();
    while (!text.startsWith(lines ? three : String.valueOf(quote), position)) {
      if (position == text.length()) {
        throw malformed("a string does not end");
      }
      char c = text.charAt(position);
      if (c == '\\' && !literal) {
        escape(meaning, lines);
      } else if (lines && (c == '\n' || text.startsWith("\r\n", position))) {
        meaning.append('\n');
        position += c == '\n' ? 1 : 2;
      } else {
        plain(c);
        meaning.append(c);
        position++;
      }
    }
    position += lines ? 3 : 1;
    for (int more = 0; lines && more < 2 && peek() == quote; more++) {
      meaning.append(quote);
      position++;
    }
    return new TomlScalar(
        TomlScalar.Kind.STRING, text.substring(start, position), meaning.toString());
  }

  private void escape(StringBuilder meaning, boolean lines) {
    position++;
    char c = peek();
    position++;
    switch (c) {
      case 'b' -> meaning.append('\b');
      case 't' -> meaning.append('\t');
      case 'n' -> meaning.append('\n');
      case 'f' -> meaning.append('\f');
      case 'r' -> meaning.append('\r');
      case '"', '\\' -> meaning.append(c);
      case 'e' -> meaning.append((char) 0x1b); // since 1.1, as is the next
      case 'x' -> meaning.appendCodePoint(hex(2));
      case 'u' -> meaning.appendCodePoint(hex(4));
      case 'U' -> meaning.appendCodePoint(hex(8));
      default -> {
        position--;
        if (!lines) {
          throw malformed("an unknown escape");
        }
        blanks();
        if (peek() != '\n' && !text.startsWith("\r\n", position)) {
          throw malformed("an unknown escape");
        }
        while (" \t\n".indexOf(peek()) >= 0 || text.startsWith("\r\n", position)) {
          position++;
        }
      }
    }
  }

  private int hex(int digits) {
    int code = 0;
    for (int i = 0; i < digits; i++) {
      int digit = peek() < 128 ? Character.digit(peek(), 16) : -1;
      if (digit < 0 || code > 0x10ffff) {
        throw malformed("an unknown escape");
      }
      code = code * 16 + digit;
      position++;
    }
    if (code > 0x10ffff || code < 0 || (code >= 0xd800 && code < 0xe000)) {
      throw malformed("an escape that is no character");
    }
    return code;
  }

  // ---- characters

  /// The next character, 0 at the end.
  private char peek() {
    return position < text.length() ? text.charAt(position) : 0;
  }

  private void expect(String token) {
    if (!text.startsWith(token, position)) {
      throw malformed("'" + token + "' is missing");
    }
    position += token.length();
  }

  private void blanks() {
    while (peek() == ' ' || peek() == '\t') {
      position++;
    }
  }

  /// Blanks, comments and line ends.
  private String trivia() {
    int start = position;
    while (true) {
      blanks();
      comment();
      if (peek() != '\n' && !text.startsWith("\r\n", position)) {
        return text.substring(start, position);
      }
      position += peek() == '\n' ? 1 : 2;
    }
  }

  private void comment() {
    if (peek() != '#') {
      return;
    }
    while (position < text.length() && peek() != '\n' && !text.startsWith("\r\n", position)) {
      plain(peek());
      position++;
    }
  }

  private void lineTail() {
    blanks();
    comment();
    if (position < text.length()) {
      expect(peek() == '\r' ? "\r\n" : "\n");
    }
  }

  private void plain(char c) {
    if ((c < ' ' && c != '\t') || c == 0x7f) {
      throw malformed("a control character");
    }
  }

  private void count(int depth) {
    if (depth > Json.MAX_DEPTH) {
      throw new WingsException(
          ErrorKind.LIMIT, "it is nested deeper than " + Json.MAX_DEPTH + " levels");
    }
    if (++values > MAX_VALUES) {
      throw new WingsException(ErrorKind.LIMIT, "it holds more than " + MAX_VALUES + " values");
    }
  }

  private WingsException malformed(String reason) {
    long line = text.substring(0, position).chars().filter(c -> c == '\n').count() + 1;
    return WingsException.invalid("no valid TOML in line " + line + ": " + reason);
  }
}
