package dev.wings.core.collab;

import dev.wings.core.WingsException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Puts the parts of updates together for one connection. All parts that wait count together, so
/// that a connection cannot fill the memory with updates that it never finishes.
final class ChunkBuffers {
  private static final int MAX_CHUNKS = 4096;

  private record Key(String path, String editor) {}

  private final CollabBudget budget;
  private final Map<Key, List<String>> waiting = new HashMap<>();
  private long characters;

  ChunkBuffers(CollabBudget budget) {
    this.budget = budget;
  }

  /// Keeps a part.
  ///
  /// @param cap bytes of a whole update
  /// @throws WingsException when it is too much; what waited is gone then
  void add(String path, String editor, String chunk, int cap) {
    Key key = new Key(path, editor);
    List<String> chunks = waiting.computeIfAbsent(key, _ -> new ArrayList<>());
    boolean crowded = budget.exhausted() && !chunks.isEmpty();
    if (characters + chunk.length() > 4L * Math.ceilDiv(cap, 3)
        || chunks.size() >= MAX_CHUNKS
        || crowded) {
      forget(path, editor);
      throw WingsException.impossible("update too large");
    }
    chunks.add(chunk);
    characters += chunk.length();
    budget.add(chunk.length());
  }

  /// The whole update, and forgets its parts.
  byte[] take(String path, String editor) {
    List<String> chunks = waiting.getOrDefault(new Key(path, editor), List.of());
    forget(path, editor);
    try {
      // either each part was encoded by itself, or the encoded whole was cut anywhere
      if (chunks.stream().anyMatch(chunk -> chunk.length() % 4 != 0)) {
        return Base64.getDecoder().decode(String.join("", chunks));
      }
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      for (String chunk : chunks) {
        whole.writeBytes(Base64.getDecoder().decode(chunk));
      }
      return whole.toByteArray();
    } catch (IllegalArgumentException noBase64) {
      throw WingsException.invalid(CollabErrors.BAD_UPDATE);
    }
  }

  void forget(String path, String editor) {
    List<String> gone = waiting.remove(new Key(path, editor));
    if (gone != null) {
      for (String chunk : gone) {
        characters -= chunk.length();
        budget.add(-chunk.length());
      }
    }
  }

  /// Forgets everything.
  void clear() {
    waiting.clear();
    budget.add(-characters);
    characters = 0;
  }
}
