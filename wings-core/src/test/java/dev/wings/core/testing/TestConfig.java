package dev.wings.core.testing;

import dev.wings.core.config.WingsConfig;
import java.lang.reflect.RecordComponent;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Configurations for tests: everything is zero, empty or off except what the test names.
public final class TestConfig {
  private final Map<String, Object> values;
  private final Set<String> used = new HashSet<>();

  private TestConfig(Map<String, Object> values) {
    this.values = values;
  }

  /// @param values by the path of record components, such as `system.crashDetection.timeout`
  public static WingsConfig of(Map<String, Object> values) {
    TestConfig maker = new TestConfig(values);
    WingsConfig config = (WingsConfig) maker.make(WingsConfig.class, "");
    if (!maker.used.equals(values.keySet())) {
      throw new IllegalArgumentException("unknown keys in " + values.keySet());
    }
    return config;
  }

  private Object make(Class<?> type, String path) {
    @Nullable Object given = values.get(path);
    if (given != null) {
      used.add(path);
      return given;
    }
    if (type.isRecord()) {
      return makeRecord(type, path);
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    if (type == UUID.class) {
      return new UUID(0, 0);
    }
    if (type == String.class) {
      return "";
    }
    if (type == List.class) {
      return List.of();
    }
    if (type == Map.class) {
      return Map.of();
    }
    if (type == boolean.class) {
      return false;
    }
    if (type == int.class) {
      return 0;
    }
    if (type == long.class) {
      return 0L;
    }
    if (type == double.class) {
      return 0.0;
    }
    throw new IllegalArgumentException(path + ": no default for " + type);
  }

  private Object makeRecord(Class<?> type, String path) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String name = components[i].getName();
      types[i] = components[i].getType();
      arguments[i] = make(types[i], path.isEmpty() ? name : path + "." + name);
    }
    try {
      return type.getDeclaredConstructor(types).newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make " + type, e);
    }
  }
}
