package dev.wings.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.lang.reflect.Constructor;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What can stand at one place of `config.yml`, and how it becomes a part of a record. Nothing is
/// coerced, and a complaint names the key and what belongs there, never the value: that may be a
/// secret.
///
/// This runs at every start of the daemon, in an interpreter: it calls methods where a pattern
/// `switch`, a lambda or a concatenation would generate code first.
abstract sealed class Shape {
  /// The shape of a member; null when there can be none of this name.
  @Nullable Shape member(String name) {
    return null;
  }

  /// The shape of the elements of a list; null when this is none.
  @Nullable Shape element() {
    return null;
  }

  /// Whether a plain scalar such as `0123` is taken as it is written.
  boolean isText() {
    return false;
  }

  /// @param path the dotted name for complaints
  /// @param root what `{root_directory}` stands for in paths
  /// @throws WingsException kind INVALID naming the key
  abstract Object bind(String path, JsonNode node, String root);

  static String join(String path, String name) {
    return path.isEmpty() ? name : path.concat(".").concat(name);
  }

  private static WingsException expected(String path, String what, JsonNode node) {
    return expected(path, what, node, null);
  }

  private static WingsException expected(
      String path, String what, JsonNode node, @Nullable Throwable cause) {
    String found =
        switch (node.getNodeType()) {
          case ARRAY -> "a list";
          case OBJECT -> "a mapping";
          case BOOLEAN -> "true or false";
          case NUMBER -> "the number " + node.asText();
          case STRING -> "another text";
          default -> "nothing";
        };
    return new WingsException(
        ErrorKind.INVALID, path + ": expected " + what + ", found " + found, cause);
  }

  /// A record: a mapping with known keys.
  static final class Section extends Shape {
    private final Constructor<?> constructor;
    private final LinkedHashMap<String, Shape> members;

    /// @param members in the order of the constructor's parameters
    Section(Constructor<?> constructor, LinkedHashMap<String, Shape> members) {
      this.constructor = constructor;
      this.members = members;
    }

    Map<String, Shape> members() {
      return members;
    }

    @Override
    @Nullable Shape member(String name) {
      return members.get(name);
    }

    @Override
    Object bind(String path, JsonNode node, String root) {
      if (!node.isObject()) {
        throw expected(path, "a mapping", node);
      }
      Object[] arguments = new Object[members.size()];
      int next = 0;
      for (Map.Entry<String, Shape> member : members.entrySet()) {
        String name = member.getKey();
        arguments[next++] = member.getValue().bind(join(path, name), node.path(name), root);
      }
      try {
        return constructor.newInstance(arguments);
      } catch (ReflectiveOperationException broken) {
        throw new IllegalStateException("a configuration record that cannot be made", broken);
      }
    }
  }

  /// A list.
  static final class Items extends Shape {
    private final Shape element;

    Items(Shape element) {
      this.element = element;
    }

    @Override
    Shape element() {
      return element;
    }

    @Override
    Object bind(String path, JsonNode node, String root) {
      if (!node.isArray()) {
        throw expected(path, "a list", node);
      }
      List<Object> items = new ArrayList<>(node.size());
      for (int i = 0; i < node.size(); i++) {
        String at = path.concat("[").concat(Integer.toString(i)).concat("]");
        items.add(element.bind(at, node.get(i), root));
      }
      return items;
    }
  }

  /// A map whose keys the operator chooses. Given in a file, it replaces the default map.
  static final class Entries extends Shape {
    private final Shape value;
    private final boolean mebibytes;

    /// @param mebibytes whether the keys are amounts of memory, which are put in ascending order
    Entries(Shape value, boolean mebibytes) {
      this.value = value;
      this.mebibytes = mebibytes;
    }

    @Override
    Shape member(String name) {
      return value;
    }

    @Override
    Object bind(String path, JsonNode node, String root) {
      if (!node.isObject()) {
        throw expected(path, "a mapping", node);
      }
      Map<String, Object> entries = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        String name = entry.getKey();
        entries.put(name, value.bind(join(path, name), entry.getValue(), root));
      }
      return mebibytes && !entries.isEmpty() ? ascending(path, entries) : entries;
    }

    private static Map<String, Object> ascending(String path, Map<String, Object> entries) {
      TreeMap<Long, Object> sorted = new TreeMap<>();
      for (Map.Entry<String, Object> entry : entries.entrySet()) {
        try {
          sorted.put(Long.parseLong(entry.getKey()), entry.getValue());
        } catch (NumberFormatException notANumber) {
          throw new WingsException(
              ErrorKind.INVALID,
              join(path, entry.getKey()) + ": expected a number of MiB as the key",
              notANumber);
        }
      }
      Map<String, Object> ascending = new LinkedHashMap<>();
      sorted.forEach((key, value) -> ascending.put(Long.toString(key), value));
      return ascending;
    }
  }

  /// What a scalar is.
  enum Kind {
    BOOLEAN("true or false"),
    INT("a whole number"),
    LONG("a whole number"),
    DECIMAL("a number"),
    TEXT("a text"),
    PATH("a path"),
    ADDRESS("an IP address"),
    NETWORK("a network such as 10.0.0.0/8"),
    UUID("a UUID"),
    CHOICE("a choice");

    private final String description;

    Kind(String description) {
      this.description = description;
    }
  }

  /// A single value.
  static final class Scalar extends Shape {
    private static final int UUID_LENGTH = 36;

    private final Kind kind;
    private final long least;
    private final long most;
    private final Map<String, Object> choices;

    Scalar(Kind kind, long least, long most) {
      this(kind, least, most, Map.of());
    }

    Scalar(Map<String, Object> choices) {
      this(Kind.CHOICE, 0, 0, choices);
    }

    private Scalar(Kind kind, long least, long most, Map<String, Object> choices) {
      this.kind = kind;
      this.least = least;
      this.most = most;
      this.choices = choices;
    }

    Kind kind() {
      return kind;
    }

    Map<String, Object> choices() {
      return choices;
    }

    @Override
    boolean isText() {
      return kind.ordinal() >= Kind.TEXT.ordinal();
    }

    @Override
    Object bind(String path, JsonNode node, String root) {
      return switch (kind) {
        case BOOLEAN -> {
          require(node.isBoolean(), path, node);
          yield node.booleanValue();
        }
        case INT -> (int) integer(path, node);
        case LONG -> integer(path, node);
        case DECIMAL -> {
          require(node.isNumber() && Double.isFinite(node.doubleValue()), path, node);
          yield node.doubleValue();
        }
        case TEXT -> text(path, node);
        case PATH -> text(path, node).replace("{root_directory}", root);
        case ADDRESS -> {
          require(isAddress(text(path, node)), path, node);
          yield node.textValue();
        }
        case NETWORK -> {
          require(isNetwork(text(path, node)), path, node);
          yield node.textValue();
        }
        case UUID -> uuid(path, node);
        case CHOICE -> choice(path, node);
      };
    }

    private void require(boolean fits, String path, JsonNode node) {
      if (!fits) {
        throw expected(path, kind.description, node);
      }
    }

    private long integer(String path, JsonNode node) {
      require(node.isIntegralNumber(), path, node);
      if (!node.canConvertToLong() || node.longValue() < least || node.longValue() > most) {
        throw expected(path, "a whole number from " + least + " to " + most, node);
      }
      return node.longValue();
    }

    private String text(String path, JsonNode node) {
      require(node.isTextual(), path, node);
      return node.textValue();
    }

    private UUID uuid(String path, JsonNode node) {
      String text = text(path, node);
      require(text.length() == UUID_LENGTH, path, node);
      try {
        return java.util.UUID.fromString(text);
      } catch (IllegalArgumentException malformed) {
        throw expected(path, kind.description, node, malformed);
      }
    }

    private Object choice(String path, JsonNode node) {
      Object choice = choices.get(text(path, node));
      if (choice == null) {
        throw expected(path, "one of " + String.join(", ", choices.keySet()), node);
      }
      return choice;
    }

    private static boolean isAddress(String text) {
      return literal(text) != null;
    }

    private static boolean isNetwork(String text) {
      int slash = text.indexOf('/');
      InetAddress address = literal(slash < 0 ? text : text.substring(0, slash));
      if (address == null || slash < 0) {
        return address != null;
      }
      String bits = text.substring(slash + 1);
      if (bits.isEmpty() || bits.length() > 3) {
        return false;
      }
      for (int i = 0; i < bits.length(); i++) {
        if (bits.charAt(i) < '0' || bits.charAt(i) > '9') {
          return false;
        }
      }
      return Integer.parseInt(bits) <= address.getAddress().length * Byte.SIZE;
    }

    /// Never asks a name server; a zone (`fe80::1%eth0`) is no part of an address here.
    private static @Nullable InetAddress literal(String text) {
      try {
        return text.isEmpty() || text.indexOf('%') >= 0 || text.indexOf('[') >= 0
            ? null
            : InetAddress.ofLiteral(text);
      } catch (IllegalArgumentException noAddress) {
        return null;
      }
    }
  }
}
