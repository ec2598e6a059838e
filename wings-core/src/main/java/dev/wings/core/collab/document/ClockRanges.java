package dev.wings.core.collab.document;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Ranges of units, by client. Ranges that overlap or touch count as one.
final class ClockRanges {
  /// @param end behind the last clock
  record Range(int clock, int end) {}

  private final Map<Long, List<Range>> ranges = new HashMap<>();

  void add(long client, int clock, int end) {
    List<Range> ofClient = ranges.computeIfAbsent(client, _ -> new ArrayList<>());
    if (!ofClient.isEmpty() && ofClient.getLast().end() == clock) {
      ofClient.set(ofClient.size() - 1, new Range(ofClient.getLast().clock(), end));
    } else {
      ofClient.add(new Range(clock, end));
    }
  }

  void addAll(ClockRanges others) {
    others.ranges.forEach(
        (client, all) -> all.forEach(range -> add(client, range.clock(), range.end())));
  }

  /// By client, sorted and without overlaps.
  Map<Long, List<Range>> merged() {
    ranges.replaceAll((_, all) -> merged(all));
    return ranges;
  }

  private static List<Range> merged(List<Range> all) {
    List<Range> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingInt(Range::clock));
    List<Range> merged = new ArrayList<>(sorted.size());
    for (Range range : sorted) {
      if (!merged.isEmpty() && merged.getLast().end() >= range.clock()) {
        Range last = merged.removeLast();
        merged.add(new Range(last.clock(), Math.max(last.end(), range.end())));
      } else {
        merged.add(range);
      }
    }
    return merged;
  }

  int count() {
    return ranges.values().stream().mapToInt(List::size).sum();
  }

  void write(ByteWriter out) {
    Map<Long, List<Range>> all = merged();
    out.writeUnsigned(all.size());
    all.keySet().stream()
        .sorted(Comparator.reverseOrder())
        .forEach(client -> {
          List<Range> ofClient = all.getOrDefault(client, List.of());
          out.writeUnsigned(client);
          out.writeUnsigned(ofClient.size());
          for (Range range : ofClient) {
            out.writeUnsigned(range.clock());
            out.writeUnsigned(range.end() - range.clock());
          }
        });
  }
}
