package dev.wings.core.store;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The live entries of a [Journal] and the share that each owner holds. They are kept as the bytes
/// of their JSON, a fifth of what trees would take. Not safe for concurrent use.
final class JournalEntries {
  private final JournalLimits limits;
  private final Map<Long, Share> holders = new HashMap<>();
  private final Map<String, Share> shares = new HashMap<>();
  private long bytes;

  private static final class Share {
    final String owner;
    final TreeMap<Long, byte[]> entries = new TreeMap<>();
    long bytes;

    Share(String owner) {
      this.owner = owner;
    }

    int count() {
      return entries.size();
    }

    long bytes() {
      return bytes;
    }
  }

  /// An entry that had to go.
  record Dropped(long id, String owner) {}

  JournalEntries(JournalLimits limits) {
    this.limits = limits;
  }

  /// Adds an entry, whatever the limits; [#trim] keeps them.
  void add(long id, String owner, byte[] content) {
    remove(id);
    Share share = shares.computeIfAbsent(owner, Share::new);
    share.entries.put(id, content);
    share.bytes += content.length;
    bytes += content.length;
    holders.put(id, share);
  }

  /// Removes what is too much after entries of some owners were added.
  ///
  /// @return what was removed
  List<Dropped> trim(Collection<String> grown) {
    List<Dropped> dropped = new ArrayList<>();
    for (String owner : grown) {
      Share share = requireNonNull(shares.get(owner));
      while (share.count() > limits.entriesPerOwner()
          || (share.bytes > limits.bytesPerOwner() && share.count() > 1)) {
        dropped.add(dropOldest(share));
      }
    }
    while (holders.size() > limits.entries()) {
      dropped.add(dropOldest(largest(Comparator.comparingInt(Share::count))));
    }
    while (bytes > limits.bytes() && holders.size() > 1) {
      dropped.add(dropOldest(largest(Comparator.comparingLong(Share::bytes))));
    }
    return dropped;
  }

  private Share largest(Comparator<Share> order) {
    return shares.values().stream().max(order).orElseThrow();
  }

  private Dropped dropOldest(Share share) {
    Dropped oldest = new Dropped(share.entries.firstKey(), share.owner);
    remove(oldest.id());
    return oldest;
  }

  void remove(long id) {
    Share share = holders.remove(id);
    if (share == null) {
      return;
    }
    int length = requireNonNull(share.entries.remove(id)).length;
    share.bytes -= length;
    bytes -= length;
    if (share.entries.isEmpty()) {
      shares.remove(share.owner);
    }
  }

  boolean isEmpty() {
    return holders.isEmpty();
  }

  int count() {
    return holders.size();
  }

  long bytes() {
    return bytes;
  }

  /// Owners, the one with the oldest entry first.
  List<String> owners() {
    return shares.values().stream()
        .sorted(Comparator.comparingLong(share -> share.entries.firstKey()))
        .map(share -> share.owner)
        .toList();
  }

  /// Entries of one owner, oldest first.
  List<Journal.Entry> of(String owner) {
    Share share = shares.get(owner);
    return share == null ? List.of() : entries(share.entries.entrySet());
  }

  List<Journal.Entry> oldestOfEachOwner() {
    return shares.values().stream()
        .map(share -> share.entries.firstEntry())
        .sorted(Map.Entry.comparingByKey())
        .map(oldest -> new Journal.Entry(oldest.getKey(), oldest.getValue()))
        .toList();
  }

  Journal.@Nullable Entry newest(String owner) {
    Share share = shares.get(owner);
    return share == null ? null : entries(List.of(share.entries.lastEntry())).getFirst();
  }

  /// All entries, oldest first.
  List<Journal.Entry> all() {
    List<Journal.Entry> all = new ArrayList<>(holders.size());
    shares.values().forEach(share -> all.addAll(entries(share.entries.entrySet())));
    all.sort(Comparator.comparingLong(Journal.Entry::id));
    return all;
  }

  private static List<Journal.Entry> entries(Collection<Map.Entry<Long, byte[]>> stored) {
    return stored.stream().map(e -> new Journal.Entry(e.getKey(), e.getValue())).toList();
  }
}
