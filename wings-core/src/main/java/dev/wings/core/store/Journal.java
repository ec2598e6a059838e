package dev.wings.core.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Entries that survive `kill -9` and power loss at any instant: one file of lines, each a CRC-32C
/// and a JSON object, appended and synced. Removing appends as well; the file is rewritten (beside
/// itself, then renamed) when most of it is dead. A damaged line costs itself only.
///
/// It stands in for an embedded database: what is kept are a few small, short-lived entries of one
/// writer, and a database would cost 12 MiB and a tenth of a second at every start.
///
/// Many threads that append at once share one sync: a thread whose lines another one's sync has
/// covered does not ask for its own.
///
/// When the file cannot be written (full disk, read-only file system) the memory goes on as the
/// truth and nothing fails; the file keeps its last state, and is written anew as soon as that
/// works: with the next change, or with [#catchUp].
///
/// Safe for use by many threads; none of them is disturbed by an interrupt of another.
public final class Journal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);
  private static final long FREE_OF_COMPACTION_BYTES = 1 << 20;
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

  private final Path path;
  private final Function<JsonNode, String> owner;
  private final LongSupplier nanoTime;

  /// Held while syncing and while the file is replaced; taken before the monitor.
  private final ReentrantLock syncing = new ReentrantLock();

  // everything below is guarded by this
  private final JournalEntries entries;
  private final JournalFile file;
  private final Map<String, Long> dropped = new HashMap<>();
  private long next = 1;
  private long written; // number of the last write to the file
  private long synced; // number of the last write that is on the medium
  private boolean behind; // the file lacks something that is in memory
  private Duration retryPause = FIRST_RETRY;
  private long retryAt;
  private boolean closed;

  /// One entry.
  ///
  /// @param json its content
  @SuppressWarnings("ArrayRecordComponent") // compared by id only, and there are many
  public record Entry(long id, byte[] json) {
    /// The content as it was appended.
    public JsonNode content() {
      try {
        return Json.mapper().readTree(json);
      } catch (IOException impossible) {
        throw new UncheckedIOException("a journal entry is not JSON", impossible);
      }
    }
  }

  private Journal(
      Path path,
      JournalLimits limits,
      Function<JsonNode, String> owner,
      LongSupplier nanoTime,
      DiskFile.Opener opener) {
    this.path = path;
    this.owner = owner;
    this.nanoTime = nanoTime;
    this.entries = new JournalEntries(limits);
    this.file = new JournalFile(path, opener);
  }

  /// Opens the journal, with whatever can be read of it.
  ///
  /// @param owner whose share an entry counts to
  /// @throws IOException when another process, or another journal of this one, uses the file
  public static Journal open(
      Path path, JournalLimits limits, Function<JsonNode, String> owner, LongSupplier nanoTime)
      throws IOException {
    return open(path, limits, owner, nanoTime, DiskFile::open);
  }

  static Journal open(
      Path path,
      JournalLimits limits,
      Function<JsonNode, String> owner,
      LongSupplier nanoTime,
      DiskFile.Opener opener)
      throws IOException {
    Journal journal = new Journal(path, limits, owner, nanoTime, opener);
    journal.load();
    return journal;
  }

  private void load() throws IOException {
    boolean whole;
    synchronized (this) {
      whole = file.open(this::replay);
      trim(entries.owners()); // an earlier version may have had other limits
      behind = !whole;
      retryAt = nanoTime.getAsLong();
    }
    if (whole) {
      compactIfWorthwhile();
    } else {
      catchUp();
    }
  }

  private void replay(JsonNode line) {
    if (line.has("done")) {
      line.path("done").forEach(id -> entries.remove(id.asLong()));
      return;
    }
    long id = line.path("id").asLong();
    next = Math.max(next, id + 1);
    JsonNode entry = line.path("entry");
    entries.add(id, owner.apply(entry), entry.toString().getBytes(UTF_8));
  }

  private List<Long> trim(Collection<String> grown) {
    List<JournalEntries.Dropped> gone = entries.trim(grown);
    gone.forEach(oldest -> dropped.merge(oldest.owner(), 1L, Long::sum));
    return gone.stream().map(JournalEntries.Dropped::id).toList();
  }

  /// Keeps an entry; it is on disk when the call returns, or in memory while the disk cannot be
  /// written. Above the limits others are dropped, see [JournalLimits].
  ///
  /// @return its id, larger than all before
  public long append(JsonNode entry) {
    String holder = owner.apply(entry);
    byte[] json = entry.toString().getBytes(UTF_8);
    long id;
    long ticket;
    synchronized (this) {
      id = next++;
      entries.add(id, holder, json);
      write(appended(id, json));
      List<Long> gone = trim(List.of(holder));
      if (!gone.isEmpty()) {
        write(removed(gone));
      }
      ticket = written;
    }
    settle(ticket);
    return id;
  }

  /// Forgets entries; unknown ids are no error.
  public void remove(Collection<Long> ids) {
    long ticket;
    synchronized (this) {
      ids.forEach(entries::remove);
      if (entries.isEmpty()) {
        clear();
      } else {
        write(removed(ids));
      }
      ticket = written;
    }
    settle(ticket);
  }

  private static byte[] appended(long id, byte[] json) {
    String record = "{\"id\":" + id + ",\"entry\":" + new String(json, UTF_8) + "}";
    return JournalScan.line(record.getBytes(UTF_8));
  }

  private static byte[] removed(Collection<Long> ids) {
    String list = ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    return JournalScan.line(("{\"done\":[" + list + "]}").getBytes(UTF_8));
  }

  private synchronized void write(byte[] line) {
    if (behind) {
      return;
    }
    try {
      file.append(line);
      written++;
    } catch (IOException failure) {
      fallBehind(failure);
    }
  }

  /// An empty file says the same as the removal of all its entries.
  private void clear() {
    try {
      file.clear();
      written++;
      if (behind) {
        caughtUp();
      }
    } catch (IOException failure) {
      if (!behind) {
        fallBehind(failure);
      }
    }
  }

  private void fallBehind(IOException failure) {
    behind = true;
    retryPause = FIRST_RETRY;
    retryAt = nanoTime.getAsLong() + retryPause.toNanos();
    log.atError()
        .addKeyValue("file", path)
        .setCause(failure)
        .log("a journal cannot be written, its entries are kept in memory meanwhile");
  }

  private void caughtUp() {
    behind = false;
    log.atInfo()
        .addKeyValue("file", path)
        .addKeyValue("entries", entries.count())
        .log("a journal is on disk again");
  }

  /// Waits until the write is on the medium, and tidies up.
  private void settle(long ticket) {
    syncing.lock();
    try {
      sync(ticket);
      if (isBehind()) {
        catchUp();
      } else {
        compactIfWorthwhile();
      }
    } finally {
      syncing.unlock();
    }
  }

  private void sync(long ticket) {
    try {
      DiskFile target;
      long covered;
      synchronized (this) {
        if (behind || closed || synced >= ticket) {
          return;
        }
        target = file.opened();
        covered = written;
      }
      target.sync(); // others go on appending, and are covered by the next sync
      synchronized (this) {
        synced = covered;
      }
    } catch (IOException failure) {
      synchronized (this) { // what the file holds is unknown now
        fallBehind(failure);
      }
    }
  }

  /// Whether something is in memory only, because the disk could not be written.
  public synchronized boolean isBehind() {
    return behind;
  }

  /// Writes what is in memory only, when there is such a thing and the last attempt was long enough
  /// ago.
  public void catchUp() {
    syncing.lock();
    try {
      synchronized (this) {
        if (!behind || closed || retryAt - nanoTime.getAsLong() > 0) {
          return;
        }
        try {
          rewrite();
          caughtUp();
        } catch (IOException failure) {
          retryPause = min(retryPause.multipliedBy(2), LONGEST_RETRY);
          retryAt = nanoTime.getAsLong() + retryPause.toNanos();
          log.atDebug().addKeyValue("file", path).setCause(failure).log("still not writable");
        }
      }
    } finally {
      syncing.unlock();
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void compactIfWorthwhile() {
    syncing.lock();
    try {
      synchronized (this) {
        if (closed || file.length() < FREE_OF_COMPACTION_BYTES + 2 * entries.bytes()) {
          return;
        }
        try {
          rewrite();
        } catch (IOException failure) {
          fallBehind(failure);
        }
      }
    } finally {
      syncing.unlock();
    }
  }

  private void rewrite() throws IOException {
    List<Entry> live = entries.all();
    file.rewrite(() -> live.stream().map(entry -> appended(entry.id(), entry.json())).iterator());
    synced = written;
  }

  public synchronized boolean isEmpty() {
    return entries.isEmpty();
  }

  /// How many entries there are.
  public synchronized int count() {
    return entries.count();
  }

  /// Owners of entries, the one with the oldest entry first.
  public synchronized List<String> owners() {
    return entries.owners();
  }

  /// Entries of one owner in order of arrival.
  public synchronized List<Entry> entries(String owner) {
    return entries.of(owner);
  }

  /// The oldest entry of each owner, the oldest of all first.
  public synchronized List<Entry> oldestOfEachOwner() {
    return entries.oldestOfEachOwner();
  }

  /// The youngest entry of an owner.
  public synchronized Optional<Entry> newest(String owner) {
    return Optional.ofNullable(entries.newest(owner));
  }

  /// All entries in order of arrival.
  public synchronized List<Entry> entries() {
    return entries.all();
  }

  /// How many entries of which owner were dropped since the last call, because there were too many.
  public synchronized Map<String, Long> takeDropped() {
    Map<String, Long> counts = Map.copyOf(dropped);
    dropped.clear();
    return counts;
  }

  /// Waits for a sync under way. What is in memory only is tried once more.
  @Override
  public void close() throws IOException {
    syncing.lock();
    try {
      synchronized (this) {
        retryAt = nanoTime.getAsLong();
      }
      catchUp();
      synchronized (this) {
        closed = true;
        file.close();
      }
    } finally {
      syncing.unlock();
    }
  }
}
