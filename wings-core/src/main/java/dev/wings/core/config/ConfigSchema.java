package dev.wings.core.config;

import dev.wings.core.config.Shape.Kind;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// The keys of `config.yml` and their types, read from the records (`configuration.md` 7). What a
/// Java type cannot say is listed here by key.
final class ConfigSchema {
  /// Keys that are no Java identifiers, or would say something else as one.
  private static final Map<String, String> RENAMED =
      Map.of("interfaceAddress", "interface", "overridden", "override");

  /// Numbers that may be negative.
  private static final Set<String> SIGNED =
      Set.of(
          "system.file_history.zstd_level",
          "docker.container_ulimits.soft",
          "docker.container_ulimits.hard");

  private static final Set<String> PORTS =
      Set.of("api.port", "system.sftp.bind_port", "tundra.metrics_port");

  private static final Set<String> NETWORKS =
      Set.of(
          "api.remote_download_blocked_cidrs",
          "api.trusted_proxies",
          "api.schedule.steps.http_request.blocked_cidrs");

  /// Where `{root_directory}` is replaced (`configuration.md` 4).
  private static final Set<String> PATHS =
      Set.of(
          "system.log_directory",
          "system.data",
          "system.diffs_directory",
          "system.vmount_directory",
          "system.archive_directory",
          "system.backup_directory",
          "system.tmp_directory",
          "system.passwd.directory",
          "system.backups.restic.repository",
          "system.backups.restic.password_file",
          "docker.lxcfs.directory",
          "tundra.data_directory",
          "tundra.binary");

  private static final int MAX_PORT = 65_535;

  private static final Shape.Section ROOT = section("", WingsConfig.class);

  private ConfigSchema() {}

  static Shape.Section root() {
    return ROOT;
  }

  /// Every key that is no section, by dotted name, in the order of the file.
  static Map<String, Shape> leaves() {
    Map<String, Shape> leaves = new LinkedHashMap<>();
    collect("", ROOT, leaves);
    return leaves;
  }

  private static void collect(String path, Shape.Section section, Map<String, Shape> leaves) {
    for (Map.Entry<String, Shape> member : section.members().entrySet()) {
      String key = Shape.join(path, member.getKey());
      if (member.getValue() instanceof Shape.Section inner) {
        collect(key, inner, leaves);
      } else {
        leaves.put(key, member.getValue());
      }
    }
  }

  private static Shape.Section section(String path, Class<?> type) {
    LinkedHashMap<String, Shape> members = new LinkedHashMap<>();
    for (RecordComponent component : type.getRecordComponents()) {
      String name = name(component.getName());
      Class<?> raw = component.getType();
      // reading a generic signature is slow: only where there is one
      Type whole = raw == List.class || raw == Map.class ? component.getGenericType() : raw;
      members.put(name, shape(Shape.join(path, name), whole));
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (constructor.getParameterCount() == members.size()) {
        return new Shape.Section(constructor, members);
      }
    }
    throw new IllegalStateException(type + " has no canonical constructor");
  }

  private static Shape shape(String path, Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      return generic.getRawType() == List.class
          ? new Shape.Items(shape(path, arguments[0]))
          : new Shape.Entries(
              shape(path, arguments[1]), path.equals("docker.overhead.multipliers"));
    }
    Class<?> raw = (Class<?>) type;
    return raw.isRecord() ? section(path, raw) : scalar(path, raw);
  }

  private static Shape.Scalar scalar(String path, Class<?> type) {
    if (type == boolean.class) {
      return new Shape.Scalar(Kind.BOOLEAN, 0, 0);
    }
    if (type == int.class) {
      int least = SIGNED.contains(path) ? Integer.MIN_VALUE : 0;
      return new Shape.Scalar(Kind.INT, least, PORTS.contains(path) ? MAX_PORT : Integer.MAX_VALUE);
    }
    if (type == long.class) {
      return new Shape.Scalar(
          Kind.LONG, SIGNED.contains(path) ? Long.MIN_VALUE : 0, Long.MAX_VALUE);
    }
    if (type == double.class || type == Double.class) {
      return new Shape.Scalar(Kind.DECIMAL, 0, 0);
    }
    if (type == UUID.class) {
      return new Shape.Scalar(Kind.UUID, 0, 0);
    }
    return type.isEnum() ? choices(type) : new Shape.Scalar(textKind(path, type), 0, 0);
  }

  private static Kind textKind(String path, Class<?> type) {
    if (type != String.class) {
      throw new IllegalStateException(path + " has the unknown type " + type);
    }
    if (PATHS.contains(path)) {
      return Kind.PATH;
    }
    if (NETWORKS.contains(path)) {
      return Kind.NETWORK;
    }
    return path.equals("system.sftp.bind_address") ? Kind.ADDRESS : Kind.TEXT;
  }

  private static Shape.Scalar choices(Class<?> type) {
    Map<String, Object> choices = new LinkedHashMap<>();
    for (Object constant : java.util.Objects.requireNonNull(type.getEnumConstants())) {
      choices.put(((WireName) constant).wireName(), constant);
    }
    return new Shape.Scalar(choices);
  }

  /// The key of a record component: `snake_case`.
  private static String name(String component) {
    String renamed = RENAMED.get(component);
    if (renamed != null) {
      return renamed;
    }
    StringBuilder name = new StringBuilder(component.length() + 8);
    for (int i = 0; i < component.length(); i++) {
      char c = component.charAt(i);
      if (Character.isUpperCase(c)) {
        name.append('_');
      }
      name.append(Character.toLowerCase(c));
    }
    return name.toString();
  }
}
