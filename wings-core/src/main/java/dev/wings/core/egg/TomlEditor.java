package dev.wings.core.egg;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import dev.wings.core.egg.DocumentPath.Step;
import dev.wings.core.egg.Toml.Array;
import dev.wings.core.egg.Toml.Entry;
import dev.wings.core.egg.Toml.InlineTable;
import dev.wings.core.egg.Toml.Node;
import dev.wings.core.egg.Toml.Table;
import dev.wings.core.egg.Toml.TableArray;
import dev.wings.core.egg.Toml.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Parser `toml` (`panel-remote-api.md` 6.12): exchanges the values it changes, adds lines for new
/// ones, and leaves every other character alone. What is written is read again and compared with
/// what was meant before it is used.
final class TomlEditor implements Editor {
  @Override
  public String edit(String content, List<Replacement> replacements, Placeholders placeholders) {
    TomlDocument document = TomlParser.parse(content);
    Object before = document.content();
    Edits edits = new Edits(document, placeholders);
    for (Replacement replacement : replacements) {
      edits.apply(replacement);
    }
    Object wanted = document.content();
    if (wanted.equals(before)) {
      return content;
    }
    String edited = document.render();
    if (!TomlParser.parse(edited).content().equals(wanted)) {
      throw WingsException.invalid("its new content cannot be written as TOML");
    }
    return edited;
  }

  /// The replacements of one file.
  private record Edits(TomlDocument document, Placeholders placeholders, Budget budget) {
    Edits(TomlDocument document, Placeholders placeholders) {
      this(document, placeholders, new Budget());
    }

    void apply(Replacement replacement) {
      DocumentPath path = DocumentPath.parse(replacement.match());
      if (path == null) {
        return;
      }
      String wanted = placeholders.text(replacement.replaceWith());
      List<Step> rest = path.rest();
      if (rest == null) {
        set(path.base(), replacement, wanted);
        return;
      }
      for (Step child : children(find(path.base()))) {
        List<Step> full = new ArrayList<>(path.base());
        full.add(child);
        full.addAll(rest);
        set(full, replacement, wanted);
      }
    }

    private void set(List<Step> path, Replacement replacement, String wanted) {
      if (!isReachable(path)) {
        return;
      }
      Node present = find(path);
      Gate gate = new Gate(replacement, /* insertDefault= */ true);
      Optional<String> text = gate.apply(present == null ? null : text(present), wanted);
      if (text.isEmpty()) {
        return;
      }
      Value value;
      if (gate.substitutes()) {
        boolean stays = present != null && isString(present);
        value = stays ? TomlScalar.string(text.get()) : parsed(text.get());
      } else {
        JsonNode given = replacement.replaceWith();
        value = given.isTextual() ? parsed(text.get()) : value(given);
      }
      put(path, value);
    }

    private void put(List<Step> path, Value value) {
      budget.take(path.size());
      Table table = document.root();
      for (int i = 0; i < path.size(); i++) {
        String name = ((Step.Member) path.get(i)).name();
        if (i + 1 < path.size() && path.get(i + 1) instanceof Step.Index(int index)) {
          i++;
          if (i + 1 == path.size()) {
            putElement(table, name, index, value);
            return;
          }
          table = element(table, name, index);
        } else if (i + 1 == path.size()) {
          document.put(table, name, value);
        } else {
          table = document.descend(table, name);
        }
      }
    }

    private void putElement(Table table, String name, int index, Value value) {
      Array array;
      if (valueOf(table.children().get(name)) instanceof Array present) {
        array = present;
      } else {
        array = new Array();
        document.put(table, name, array);
      }
      if (index < array.elements().size()) {
        TomlDocument.replace(array.elements().get(index), value);
        return;
      }
      budget.take(index - array.elements().size());
      while (array.elements().size() < index) {
        document.addElement(array, InlineTable.empty());
      }
      document.addElement(array, value);
    }

    private Table element(Table table, String name, int index) {
      TableArray array = document.descendArray(table, name);
      budget.take(Math.max(0, index - array.elements().size()));
      while (array.elements().size() <= index) {
        document.addElement(table, name, array);
      }
      return array.elements().get(index);
    }

    // ---- looking

    /// Whether TOML can hold a value there. An index follows a name; the elements of an array in
    /// brackets are values without paths below them, those of an array of tables are tables only.
    private boolean isReachable(List<Step> path) {
      @Nullable Node at = document.root();
      boolean inline = false;
      for (int i = 0; i < path.size(); i++) {
        if (!(path.get(i) instanceof Step.Member member)) {
          return false;
        }
        inline |= at instanceof Table table && table.inline();
        at = child(at, member);
        inline |= at instanceof Entry entry && entry.value() instanceof InlineTable;
        if (i + 1 < path.size() && path.get(i + 1) instanceof Step.Index index) {
          i++;
          boolean last = i + 1 == path.size();
          if (last ? at instanceof TableArray : inline || valueOf(at) instanceof Array) {
            return false;
          }
          at = child(at, index);
        }
      }
      return true;
    }

    private @Nullable Node find(List<Step> path) {
      Node at = document.root();
      for (Step step : path) {
        at = child(at, step);
      }
      return at;
    }

    private static @Nullable Node child(@Nullable Node node, Step step) {
      return switch (step) {
        case Step.Member(String name) -> {
          Table table = table(node);
          yield table == null ? null : table.children().get(name);
        }
        case Step.Index(int index) -> {
          List<? extends Node> elements = elements(node);
          yield index < elements.size() ? elements.get(index) : null;
        }
      };
    }

    private static List<Step> children(@Nullable Node base) {
      List<Step> children = new ArrayList<>();
      Table table = table(base);
      if (table != null) {
        table.children().keySet().forEach(name -> children.add(new Step.Member(name)));
      }
      for (int i = 0; i < elements(base).size(); i++) {
        children.add(new Step.Index(i));
      }
      return children;
    }

    private static @Nullable Table table(@Nullable Node node) {
      if (node instanceof Table table) {
        return table;
      }
      return valueOf(node) instanceof InlineTable inline ? inline.table() : null;
    }

    private static List<? extends Node> elements(@Nullable Node node) {
      if (node instanceof TableArray array) {
        return array.elements();
      }
      return valueOf(node) instanceof Array array ? array.elements() : List.of();
    }

    private static @Nullable Value valueOf(@Nullable Node node) {
      return node instanceof Entry entry ? entry.value() : null;
    }

    private static boolean isString(Node node) {
      return valueOf(node) instanceof TomlScalar scalar && scalar.kind() == TomlScalar.Kind.STRING;
    }

    /// The present value as `if_value` sees it.
    private static String text(Node node) {
      if (valueOf(node) instanceof TomlScalar scalar) {
        return isString(node) ? scalar.meaning() : scalar.source();
      }
      return json(TomlDocument.content(node)).toString();
    }

    private static JsonNode json(Object content) {
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      return switch (content) {
        case Map<?, ?> members -> {
          ObjectNode object = nodes.objectNode();
          members.forEach((name, member) -> object.set(String.valueOf(name), json(member)));
          yield object;
        }
        case List<?> elements -> {
          ArrayNode array = nodes.arrayNode();
          elements.forEach(element -> array.add(json(element)));
          yield array;
        }
        case TomlScalar scalar ->
            switch (scalar.kind()) {
              case STRING, DATE_TIME -> TextNode.valueOf(scalar.meaning());
              case BOOLEAN -> BooleanNode.valueOf(scalar.meaning().equals("true"));
              case INTEGER -> nodes.numberNode(new BigInteger(scalar.meaning()));
              case FLOAT -> nodes.numberNode(Double.parseDouble(floating(scalar.meaning())));
            };
        default -> throw new IllegalArgumentException("content: " + content.getClass());
      };
    }

    private static String floating(String meaning) {
      return meaning.replace("inf", "Infinity").replace("nan", "NaN");
    }

    // ---- values

    /// Text that is a TOML value becomes it, everything else stays text.
    private Value parsed(String text) {
      try {
        Value value = TomlParser.value(text);
        boolean fits =
            !(value instanceof TomlScalar scalar)
                || scalar.kind() != TomlScalar.Kind.INTEGER
                || new BigInteger(scalar.meaning()).bitLength() < Long.SIZE;
        return fits ? plain(value) : TomlScalar.string(text);
      } catch (WingsException notToml) {
        return TomlScalar.string(text);
      }
    }

    /// The value on one line.
    private Value plain(Value value) {
      return switch (value) {
        case TomlScalar scalar when scalar.kind() == TomlScalar.Kind.STRING ->
            TomlScalar.string(scalar.meaning());
        case TomlScalar scalar when scalar.kind() == TomlScalar.Kind.INTEGER ->
            integer(new BigInteger(scalar.meaning()), scalar.source());
        case TomlScalar scalar -> scalar;
        case Array array -> {
          Array fresh = new Array();
          array.elements().forEach(element -> add(fresh, plain(element.value())));
          yield fresh;
        }
        case InlineTable inline -> plain(inline.table());
      };
    }

    private InlineTable plain(Table table) {
      InlineTable fresh = InlineTable.empty();
      table
          .children()
          .forEach((name, child) ->
              add(
                  fresh,
                  name,
                  child instanceof Table dotted ? plain(dotted) : plain(((Entry) child).value())));
      return fresh;
    }

    private Value value(JsonNode given) {
      return switch (given.getNodeType()) {
        case BOOLEAN -> TomlScalar.bool(given.booleanValue());
        case NUMBER ->
            given.isIntegralNumber()
                ? integer(given.bigIntegerValue(), given.asText())
                : floating(given.decimalValue());
        case ARRAY -> {
          Array array = new Array();
          given.forEach(element -> add(array, value(element)));
          yield array;
        }
        case OBJECT -> {
          InlineTable table = InlineTable.empty();
          given
              .properties()
              .forEach(member -> add(table, member.getKey(), value(member.getValue())));
          yield table;
        }
        case STRING -> TomlScalar.string(given.textValue());
        default -> TomlScalar.string("null");
      };
    }

    /// Integers have 64 bits; readers refuse larger ones.
    private static TomlScalar integer(BigInteger value, String source) {
      return value.bitLength() < Long.SIZE
          ? new TomlScalar(TomlScalar.Kind.INTEGER, source, value.toString())
          : floating(new BigDecimal(value));
    }

    private static TomlScalar floating(BigDecimal value) {
      String text = value.toString();
      boolean marked = text.indexOf('.') >= 0 || text.indexOf('E') >= 0;
      TomlScalar scalar = TomlScalar.bare(marked ? text : text + ".0", /* lenient= */ false);
      if (scalar == null) {
        throw new WingsException(ErrorKind.LIMIT, "a number has too many digits");
      }
      return scalar;
    }

    private void add(Array array, Value value) {
      budget.take(1);
      document.addElement(array, value);
    }

    private void add(InlineTable table, String name, Value value) {
      budget.take(1);
      document.put(table.table(), name, value);
    }
  }
}
