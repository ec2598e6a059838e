package dev.wings.core.collab;

import dev.wings.core.collab.document.BadUpdateException;
import dev.wings.core.collab.document.ByteReader;
import dev.wings.core.collab.document.ByteWriter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/// The cursors that one connection has shown, from its messages in the format of `y-protocols`, so
/// that others can be told when they are gone.
final class Cursors {
  private static final String GONE = "null";

  private final Map<Long, Long> clocks = new LinkedHashMap<>();

  /// Notes what a message tells; one that cannot be read tells nothing.
  ///
  /// @param max number of cursors that are noted
  void note(byte[] message, int max) {
    Map<Long, Long> shown = new LinkedHashMap<>(clocks);
    try {
      ByteReader in = new ByteReader(message);
      for (int left = in.readCount(); left > 0; left--) {
        long client = in.readUnsigned();
        long clock = in.readUnsigned();
        if (in.readString().equals(GONE)) {
          shown.remove(client);
        } else if (shown.containsKey(client) || shown.size() < max) {
          shown.put(client, clock);
        }
      }
    } catch (BadUpdateException unreadable) {
      return;
    }
    clocks.clear();
    clocks.putAll(shown);
  }

  /// Removes those that `others` show as well.
  void keepOwn(Collection<Cursors> others) {
    others.forEach(other -> clocks.keySet().removeAll(other.clocks.keySet()));
  }

  boolean isEmpty() {
    return clocks.isEmpty();
  }

  /// A message that takes all of them away.
  byte[] removal() {
    ByteWriter out = new ByteWriter();
    out.writeUnsigned(clocks.size());
    clocks.forEach((client, clock) -> {
      out.writeUnsigned(client);
      out.writeUnsigned(clock); // the same clock is enough to take a state away
      out.writeString(GONE);
    });
    return out.toBytes();
  }
}
