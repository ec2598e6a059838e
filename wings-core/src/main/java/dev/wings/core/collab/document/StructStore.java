package dev.wings.core.collab.document;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// All units of a document by client, without holes.
final class StructStore {
  private final Map<Long, List<Struct>> structs = new HashMap<>();
  private final Map<Long, ClockRanges.Range> touched = new HashMap<>();
  private int size;

  Set<Long> clients() {
    return structs.keySet();
  }

  List<Struct> of(long client) {
    return structs.getOrDefault(client, List.of());
  }

  /// Number of runs.
  int size() {
    return size;
  }

  /// Clock behind the last unit of a client.
  int state(long client) {
    List<Struct> ofClient = structs.get(client);
    return ofClient == null ? 0 : ofClient.getLast().end();
  }

  boolean has(Id id) {
    return id.clock() < state(id.client());
  }

  /// Appends the next run of a client.
  void append(Struct struct) {
    structs.computeIfAbsent(struct.client(), _ -> new ArrayList<>()).add(struct);
    size++;
    touch(struct);
  }

  /// The run that holds a unit, which must exist.
  Struct find(Id id) {
    List<Struct> ofClient = of(id.client());
    return ofClient.get(index(ofClient, id.clock()));
  }

  /// Where the unit of a clock is.
  static int index(List<Struct> ofClient, int clock) {
    int low = 0;
    int high = ofClient.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (ofClient.get(middle).clock() <= clock) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /// The run whose last unit is `id`, cut if need be.
  Struct endingAt(Id id) {
    List<Struct> ofClient = of(id.client());
    int index = index(ofClient, id.clock());
    cut(ofClient, index, id.clock() + 1);
    return ofClient.get(index);
  }

  /// The run whose first unit is `id`, cut if need be.
  Struct startingAt(Id id) {
    List<Struct> ofClient = of(id.client());
    return ofClient.get(indexStartingAt(ofClient, id.clock()));
  }

  /// Where the run is that begins with a clock, cut if need be.
  int indexStartingAt(List<Struct> ofClient, int clock) {
    int index = index(ofClient, clock);
    return cut(ofClient, index, clock) ? index + 1 : index;
  }

  /// Cuts an item before the unit of a clock.
  ///
  /// @return whether there was something to cut
  boolean cut(List<Struct> ofClient, int index, int clock) {
    Struct struct = ofClient.get(index);
    if (clock <= struct.clock() || clock >= struct.end() || !(struct instanceof Item item)) {
      return false;
    }
    Item behind = item.splitAt(clock - item.clock());
    ofClient.add(index + 1, behind);
    size++;
    touch(item);
    touch(behind);
    return true;
  }

  /// Remembers that a run has changed and may now be one with its neighbours.
  void touch(Struct struct) {
    touched.merge(
        struct.client(),
        new ClockRanges.Range(struct.clock(), struct.end()),
        (a, b) ->
            new ClockRanges.Range(Math.min(a.clock(), b.clock()), Math.max(a.end(), b.end())));
  }

  /// Joins runs that have become one, among those that were touched.
  void compact() {
    touched.forEach((client, range) -> {
      List<Struct> ofClient = structs.get(client);
      if (ofClient != null) {
        int from = Math.max(0, index(ofClient, range.clock()) - 1);
        int to = Math.min(ofClient.size() - 1, index(ofClient, range.end() - 1) + 1);
        compact(ofClient, from, to);
      }
    });
    touched.clear();
  }

  private void compact(List<Struct> ofClient, int from, int to) {
    int kept = from;
    int next = from;
    while (next <= to) {
      Struct first = ofClient.get(next++);
      int begin = next;
      Struct last = first;
      while (next <= to && continues(last, ofClient.get(next))) {
        last = ofClient.get(next++);
      }
      if (next > begin) {
        join(first, ofClient.subList(begin, next), last);
      }
      ofClient.set(kept++, first);
    }
    size -= to + 1 - kept;
    ofClient.subList(kept, to + 1).clear();
  }

  private static boolean continues(Struct before, Struct next) {
    return (before instanceof Item item && next instanceof Item other)
        ? item.continuesIn(other)
        : before instanceof Collected && next instanceof Collected;
  }

  private static void join(Struct first, List<Struct> others, Struct last) {
    switch (first) {
      case Item item -> {
        List<Content> contents = new ArrayList<>(others.size() + 1);
        contents.add(item.content());
        for (Struct other : others) {
          contents.add(((Item) other).content());
        }
        item.absorb((Item) last, item.content().join(contents));
      }
      case Collected collected -> collected.extendTo(last.end());
      case Gap _ -> throw new IllegalStateException("gap in a document");
    }
  }
}
