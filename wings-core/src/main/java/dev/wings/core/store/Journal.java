package dev.wings.core.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Entries that survive `kill -9` at any instant: one file of lines, each a CRC-32C and a JSON
/// object, appended and synced. Removing appends as well; the file is rewritten (beside itself,
/// then renamed) when most of it is dead. A torn or damaged line costs itself only.
///
/// It stands in for an embedded database: what is kept are a few small, short-lived entries of one
/// writer, and a database would cost 12 MiB and a tenth of a second at every start.
///
/// Safe for use by many threads.
public final class Journal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);
  private static final int CRC_DIGITS = 8;
  private static final int COMPACT_LINES = 4096;

  private final Path file;
  private final int limit;
  private final TreeMap<Long, JsonNode> entries = new TreeMap<>(); // guarded by this
  private FileChannel channel; // guarded by this
  private long next = 1; // guarded by this
  private int lines; // guarded by this
  private long dropped; // guarded by this

  private Journal(Path file, int limit, FileChannel channel) {
    this.file = file;
    this.limit = limit;
    this.channel = channel;
  }

  /// @param limit entries kept; above it the oldest are dropped
  /// @throws IOException when the file cannot be used, or another process uses it
  public static Journal open(Path file, int limit) throws IOException {
    Journal journal = new Journal(file, limit, lock(file));
    synchronized (journal) {
      journal.load();
      journal.compact();
    }
    return journal;
  }

  private static FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException held) {
      channel.close();
      throw new IOException(file + " is in use already", held);
    }
    channel.close();
    throw new IOException(file + " is in use by another process");
  }

  private void load() throws IOException {
    int damaged = 0;
    for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n")) {
      if (!line.isEmpty() && !take(line)) {
        damaged++;
      }
    }
    if (damaged > 0) {
      Path aside = file.resolveSibling(file.getFileName() + ".damaged");
      Files.copy(file, aside, StandardCopyOption.REPLACE_EXISTING);
      log.atWarn()
          .addKeyValue("file", file.getFileName())
          .addKeyValue("lines", damaged)
          .log("damaged journal entries were put aside");
    }
  }

  private boolean take(String line) {
    if (line.length() <= CRC_DIGITS || !line.startsWith(crc(line.substring(CRC_DIGITS)))) {
      return false;
    }
    try {
      JsonNode record = Json.mapper().readTree(line.substring(CRC_DIGITS));
      if (record.has("done")) {
        record.path("done").forEach(id -> entries.remove(id.asLong()));
      } else {
        long id = record.path("id").asLong();
        entries.put(id, record.path("entry"));
        next = Math.max(next, id + 1);
      }
      return true;
    } catch (IOException malformed) {
      return false;
    }
  }

  /// Keeps an entry; it is on disk when the call returns.
  ///
  /// @return its id, larger than all before
  public synchronized long append(JsonNode entry) throws IOException {
    long id = next++;
    ObjectNode record = Json.mapper().createObjectNode().put("id", id);
    record.set("entry", entry);
    write(record);
    entries.put(id, entry);
    if (entries.size() > limit) {
      dropped++;
      log.atWarn()
          .addKeyValue("file", file.getFileName())
          .addKeyValue("dropped", dropped)
          .log("journal is full, the oldest entry is dropped");
      remove(List.of(entries.firstKey()));
    }
    return id;
  }

  /// Forgets entries; unknown ids are no error.
  public synchronized void remove(Collection<Long> ids) throws IOException {
    ObjectNode record = Json.mapper().createObjectNode();
    ArrayNode done = record.putArray("done");
    ids.forEach(done::add);
    // first in memory: when the disk is full, what was acknowledged must not be sent again
    ids.forEach(entries::remove);
    write(record);
    if (lines > COMPACT_LINES && lines > 4 * entries.size()) {
      compact();
    }
  }

  /// Entries in order of arrival.
  public synchronized Map<Long, JsonNode> entries() {
    return new TreeMap<>(entries);
  }

  private void write(ObjectNode record) throws IOException {
    ByteBuffer line = line(record);
    while (line.hasRemaining()) {
      channel.write(line);
    }
    channel.force(false);
    lines++;
  }

  private static ByteBuffer line(ObjectNode record) {
    String json = record.toString();
    return ByteBuffer.wrap(("\n" + crc(json) + json + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static String crc(String json) {
    CRC32C crc = new CRC32C();
    crc.update(json.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  private void compact() throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    FileChannel rewritten = lock(fresh);
    try {
      for (Map.Entry<Long, JsonNode> entry : entries.entrySet()) {
        ObjectNode record = Json.mapper().createObjectNode().put("id", entry.getKey());
        record.set("entry", entry.getValue());
        ByteBuffer line = line(record);
        while (line.hasRemaining()) {
          rewritten.write(line);
        }
      }
      rewritten.force(true);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent())) {
        directory.force(true);
      }
    } catch (IOException failure) {
      rewritten.close();
      throw failure;
    }
    channel.close();
    channel = rewritten;
    lines = entries.size();
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }
}
