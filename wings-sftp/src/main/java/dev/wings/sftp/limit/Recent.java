package dev.wings.sftp.limit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A map of bounded size that forgets what was not used for longest. Not safe for use by many
/// threads.
final class Recent<K, V> {
  private final LinkedHashMap<K, V> entries;

  Recent(int size) {
    entries =
        new LinkedHashMap<>(64, 0.75f, /* accessOrder= */ true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > size;
          }
        };
  }

  @Nullable V get(K key) {
    return entries.get(key);
  }

  V computeIfAbsent(K key, Function<K, V> make) {
    V value = entries.get(key);
    if (value == null) {
      value = make.apply(key);
      entries.put(key, value);
    }
    return value;
  }

  void put(K key, V value) {
    entries.put(key, value);
  }

  int size() {
    return entries.size();
  }
}
