package dev.wings.fs.quota;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Directories of one volume in which something has changed since the last scan (`filesystem.md`
/// 7). At [#MAX] entries those below a listed one are dropped and that one counts with everything
/// below; when that does not help only the root is listed. Safe for any thread.
final class ModifiedPaths {
  static final int MAX = 512;

  /// Whether a directory counts with everything below, by its path; one character per byte.
  private final TreeMap<String, Boolean> paths = new TreeMap<>(ModifiedPaths::order);

  private int drains;

  /// A directory to be measured again.
  ///
  /// @param path as the kernel's bytes
  /// @param whole with everything below it
  @SuppressWarnings("ArrayRecordComponent") // an item of a list, never compared
  record Modified(byte[] path, boolean whole) {}

  /// @return number of drains so far; while it stays the same, the directory needs no new entry
  synchronized int add(byte[] path, boolean whole) {
    if (!Boolean.TRUE.equals(paths.get(""))) {
      paths.merge(new String(path, ISO_8859_1), whole, Boolean::logicalOr);
      if (paths.size() >= MAX) {
        compact();
      }
    }
    return drains;
  }

  /// What is below a directory follows it at once, before names such as `a-b` and `a.b` beside `a`.
  private static int order(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    for (int i = 0; i < shorter; i++) {
      if (a.charAt(i) != b.charAt(i)) {
        return Integer.compare(rank(a.charAt(i)), rank(b.charAt(i)));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int rank(char c) {
    return c == '/' ? 0 : c; // no name holds a 0
  }

  private void compact() {
    String above = null;
    for (String path : List.copyOf(paths.keySet())) {
      if (above != null && isBelow(path, above)) {
        paths.remove(path);
        paths.put(above, true);
      } else {
        above = path;
      }
    }
    if (paths.size() >= MAX) {
      addRoot();
    }
  }

  private static boolean isBelow(String path, String above) {
    return above.isEmpty() || (path.startsWith(above) && path.charAt(above.length()) == '/');
  }

  /// Everything may have changed.
  synchronized void addRoot() {
    paths.clear();
    paths.put("", true);
  }

  synchronized boolean isEmpty() {
    return paths.isEmpty();
  }

  /// Whether everything has to be measured.
  synchronized boolean holdsAll() {
    return Boolean.TRUE.equals(paths.get(""));
  }

  synchronized int drains() {
    return drains;
  }

  /// Takes all, parents before what is below them.
  synchronized List<Modified> drain() {
    List<Modified> result = new ArrayList<>(paths.size());
    for (Map.Entry<String, Boolean> entry : paths.entrySet()) {
      result.add(new Modified(entry.getKey().getBytes(ISO_8859_1), entry.getValue()));
    }
    paths.clear();
    drains++;
    return result;
  }
}
