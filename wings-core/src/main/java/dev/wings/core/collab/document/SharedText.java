package dev.wings.core.collab.document;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A Yjs document with one shared text named `content` (`websocket.md` 1.10). Updates can be
/// applied in any order and more than once; documents that have seen the same updates have the same
/// text. What an update needs and is not here yet is kept until it comes.
///
/// Confined to one thread at a time.
public final class SharedText {
  /// Name of the text in the document.
  private static final String NAME = "content";

  /// More runs than this are too many for one document.
  private static final int MAX_STRUCTS = 50_000;

  /// About the memory of one run.
  private static final long STRUCT_BYTES = 200;

  /// More than this is not kept for updates that may never come.
  private static final int MAX_PENDING = 10_000;

  private final long client;
  private final StructStore store = new StructStore();
  private final Integration integration = new Integration(store);
  private final Branch content = integration.branch(NAME);
  private final Map<Long, TreeMap<Integer, Struct>> pending = new HashMap<>();
  private ClockRanges pendingDeletions = new ClockRanges();

  /// An empty document.
  ///
  /// @param client number under which [#replace] makes changes, 0 to 2^53-1; no two editors of a
  ///   document may have the same
  public SharedText(long client) {
    if (client < 0 || client > ByteReader.MAX_INTEGER) {
      throw new IllegalArgumentException("client: " + client + " (expected: 0 to 2^53-1)");
    }
    this.client = client;
  }

  /// A document that holds a text.
  public static SharedText of(long client, String text) {
    SharedText document = new SharedText(client);
    if (!text.isEmpty()) {
      document.insert(null, document.content.start(), text);
      document.store.compact();
    }
    return document;
  }

  /// The text as it is now.
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Item item = content.start(); item != null; item = item.right) {
      if (item.content() instanceof Content.Text(String piece)) {
        text.append(piece);
      }
    }
    return text.toString();
  }

  /// UTF-16 code units that were ever inserted into anything, so at least the length of the text.
  public long insertedText() {
    return integration.insertedText();
  }

  /// About the memory that it takes beside the text, in bytes.
  public long overheadBytes() {
    long waiting = 0;
    for (Map<Integer, Struct> structs : pending.values()) {
      for (Struct struct : structs.values()) {
        waiting += STRUCT_BYTES;
        if (struct instanceof Item item) {
          waiting += item.carriedBytes() + 2L * item.length();
        }
      }
    }
    return STRUCT_BYTES * store.size() + integration.carriedBytes() + waiting;
  }

  /// Whether something is kept that an earlier update must precede.
  public boolean incomplete() {
    return !pending.isEmpty() || pendingDeletions.count() > 0;
  }

  // --- updates ---

  /// Takes in what somebody else did.
  ///
  /// @throws BadUpdateException when the bytes are no update; nothing has changed then
  /// @throws OverloadedDocumentException when it would make the document too costly; the document
  ///   must not be used for editing any more, but its text can be read
  public void applyUpdate(byte[] bytes) throws BadUpdateException, OverloadedDocumentException {
    Update update = Update.decode(bytes);
    integration.begin();
    update
        .structs()
        .forEach((client, structs) -> {
          if (!structs.isEmpty()) {
            TreeMap<Integer, Struct> waiting =
                pending.computeIfAbsent(client, _ -> new TreeMap<>());
            structs.forEach(struct ->
                waiting.merge(struct.clock(), struct, (a, b) -> a.length() >= b.length() ? a : b));
          }
        });
    pendingDeletions.addAll(update.deletions());
    integratePending();
    deletePending();
    store.compact();
    int waiting = pending.values().stream().mapToInt(Map::size).sum() + pendingDeletions.count();
    if (waiting > MAX_PENDING || store.size() > MAX_STRUCTS) {
      throw new OverloadedDocumentException("too many parts");
    }
  }

  private void integratePending() throws OverloadedDocumentException {
    Deque<Long> ready = new ArrayDeque<>(pending.keySet());
    Map<Long, Set<Long>> waiting = new HashMap<>();
    while (!ready.isEmpty()) {
      Long next = ready.poll();
      Long blocker = integrateClient(next);
      if (blocker != null) {
        waiting.computeIfAbsent(blocker, _ -> new LinkedHashSet<>()).add(next);
      }
      Set<Long> released = waiting.remove(next);
      if (released != null) {
        ready.addAll(released);
      }
    }
  }

  /// @return the client that has to come first, null when this one cannot get further by others
  private @Nullable Long integrateClient(Long next) throws OverloadedDocumentException {
    TreeMap<Integer, Struct> structs = pending.get(next);
    while (structs != null && !structs.isEmpty()) {
      integration.step();
      Struct struct = structs.firstEntry().getValue();
      int state = store.state(struct.client());
      if (struct.clock() > state) {
        return null;
      }
      if (struct.end() > state) {
        Long missing = struct instanceof Item item ? integration.missing(item) : null;
        if (missing != null) {
          return missing;
        }
        integrate(struct, state - struct.clock());
      }
      structs.pollFirstEntry();
    }
    pending.remove(next);
    return null;
  }

  private void integrate(Struct struct, int offset) throws OverloadedDocumentException {
    switch (struct) {
      case Item item -> integration.integrate(item, offset);
      case Collected collected ->
          store.append(
              new Collected(
                  collected.client(), collected.clock() + offset, collected.length() - offset));
      case Gap _ -> throw new IllegalStateException("gap in a document");
    }
  }

  private void deletePending() throws OverloadedDocumentException {
    if (pendingDeletions.count() == 0) {
      return;
    }
    ClockRanges rest = new ClockRanges();
    for (Map.Entry<Long, List<ClockRanges.Range>> entry : pendingDeletions.merged().entrySet()) {
      int state = store.state(entry.getKey());
      for (ClockRanges.Range range : entry.getValue()) {
        if (range.clock() < state) {
          delete(entry.getKey(), range.clock(), Math.min(state, range.end()));
        }
        if (range.end() > state) {
          rest.add(entry.getKey(), Math.max(state, range.clock()), range.end());
        }
      }
    }
    pendingDeletions = rest;
  }

  private void delete(long ofClient, int clock, int end) throws OverloadedDocumentException {
    List<Struct> structs = store.of(ofClient);
    int index = StructStore.index(structs, clock);
    if (!structs.get(index).deleted()) {
      index = store.indexStartingAt(structs, clock);
    }
    for (; index < structs.size() && structs.get(index).clock() < end; index++) {
      integration.step();
      if (structs.get(index) instanceof Item item && !item.deleted()) {
        store.cut(structs, index, end);
        integration.delete(item);
      }
    }
  }

  /// Everything as one update, for somebody who has nothing yet.
  public byte[] encodeStateAsUpdate() {
    return encode(Map.of());
  }

  /// What somebody lacks.
  ///
  /// @param stateVector of the other one's document
  public byte[] encodeStateAsUpdate(byte[] stateVector) throws BadUpdateException {
    ByteReader in = new ByteReader(stateVector);
    Map<Long, Integer> known = new HashMap<>();
    for (int left = in.readCount(); left > 0; left--) {
      known.put(in.readUnsigned(), in.readInt());
    }
    return encode(known);
  }

  /// How far this document is, in Yjs' encoding.
  public byte[] stateVector() {
    ByteWriter out = new ByteWriter();
    out.writeUnsigned(store.clients().size());
    for (long each : store.clients()) {
      out.writeUnsigned(each);
      out.writeUnsigned(store.state(each));
    }
    return out.toBytes();
  }

  private byte[] encode(Map<Long, Integer> known) {
    ByteWriter out = new ByteWriter();
    TreeSet<Long> clients = new TreeSet<>(Comparator.reverseOrder());
    clients.addAll(pending.keySet());
    for (long each : store.clients()) {
      if (known.getOrDefault(each, 0) < store.state(each)) {
        clients.add(each);
      }
    }
    out.writeUnsigned(clients.size());
    for (long each : clients) {
      UpdateSection section = new UpdateSection(known.getOrDefault(each, 0));
      store.of(each).forEach(section::add);
      pending.getOrDefault(each, new TreeMap<>()).values().forEach(section::add);
      section.write(out, each);
    }
    ClockRanges deleted = new ClockRanges();
    for (long each : store.clients()) {
      for (Struct struct : store.of(each)) {
        if (struct.deleted()) {
          deleted.add(each, struct.clock(), struct.end());
        }
      }
    }
    deleted.addAll(pendingDeletions);
    deleted.write(out);
    return out.toBytes();
  }

  // --- edits of our own ---

  /// Replaces a part of the text.
  ///
  /// @param from UTF-16 code units before it
  /// @param to end of the part, behind the last code unit
  public void replace(int from, int to, String text) {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("range: " + from + "-" + to + " (expected: ascending)");
    }
    if (from == to && text.isEmpty()) {
      return; // may not even cut an item: nobody else would know of the cut
    }
    Item left = boundary(from);
    Item right = left == null ? content.start() : left.right;
    int rest = to - from;
    for (Item item = right; rest > 0; item = item.right) {
      if (item == null) {
        throw new IllegalArgumentException("to: " + to + " (expected: within the text)");
      }
      if (item.content() instanceof Content.Text piece) {
        if (rest < piece.length()) {
          store.startingAt(new Id(item.client(), item.clock() + rest));
        }
        rest -= item.length();
        integration.delete(item);
      }
    }
    if (!text.isEmpty()) {
      insert(left, right, text);
    }
    store.compact();
  }

  /// The item that ends after so many code units, null at the beginning.
  private @Nullable Item boundary(int units) {
    int rest = units;
    Item left = null;
    for (Item item = content.start(); rest > 0; item = item.right) {
      if (item == null) {
        throw new IllegalArgumentException("from: " + units + " (expected: within the text)");
      }
      if (item.content() instanceof Content.Text piece) {
        if (rest < piece.length()) {
          store.startingAt(new Id(item.client(), item.clock() + rest));
        }
        rest -= item.length();
      }
      left = item;
    }
    return left;
  }

  private void insert(@Nullable Item left, @Nullable Item right, String text) {
    Item item =
        new Item(
            client,
            store.state(client),
            left == null ? null : left.lastId(),
            right == null ? null : new Id(right.client(), right.clock()),
            left == null && right == null ? new Item.Parent.Named(NAME) : null,
            /* key= */ null,
            new Content.Text(text));
    try {
      integration.integrate(item, 0);
    } catch (OverloadedDocumentException e) {
      throw new IllegalStateException("neighbours have a place between them", e);
    }
  }
}
