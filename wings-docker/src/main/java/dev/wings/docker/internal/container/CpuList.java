package dev.wings.docker.internal.container;

import com.google.common.base.Splitter;
import java.util.BitSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;

/// CPU lists such as `0,2-3` and the NUMA nodes behind them (`containers.md` 9.4).
final class CpuList {
  private static final int MAX_CPU = 8191; // the kernel's largest NR_CPUS

  private CpuList() {}

  /// Empty when the text is no list.
  static Optional<BitSet> parse(String text) {
    BitSet cpus = new BitSet();
    for (String part : Splitter.on(',').split(text)) {
      int dash = part.indexOf('-');
      try {
        int first = Integer.parseInt((dash < 0 ? part : part.substring(0, dash)).strip());
        int last = dash < 0 ? first : Integer.parseInt(part.substring(dash + 1).strip());
        if (first < 0 || last < first || last > MAX_CPU) {
          return Optional.empty();
        }
        cpus.set(first, last + 1);
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }
    return Optional.of(cpus);
  }

  /// Nodes that contain the listed CPUs, ascending and joined with commas; empty when the host has
  /// fewer than two nodes, a CPU is in none of them, or the text is no list.
  static Optional<String> memoryNodes(String threads, SortedMap<Integer, BitSet> nodes) {
    Optional<BitSet> parsed = nodes.size() < 2 ? Optional.empty() : parse(threads);
    if (parsed.isEmpty()) {
      return Optional.empty();
    }
    BitSet cpus = parsed.get();
    boolean known =
        cpus.stream().allMatch(cpu -> nodes.values().stream().anyMatch(node -> node.get(cpu)));
    return known
        ? Optional.of(
            nodes.entrySet().stream()
                .filter(node -> node.getValue().intersects(cpus))
                .map(node -> Integer.toString(node.getKey()))
                .collect(Collectors.joining(",")))
        : Optional.empty();
  }
}
