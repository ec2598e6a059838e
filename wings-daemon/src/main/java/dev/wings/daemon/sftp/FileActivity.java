package dev.wings.daemon.sftp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes down what users do to files (`sftp.md` 13). An entry of the activity log waits for the
/// disk, which somebody who uploads thousands of files must not: a thread of its own writes what
/// has come within a tenth of a second, as one entry for each user and kind, as the Panel gets it
/// anyway.
final class FileActivity implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileActivity.class);

  /// Files of one entry.
  private static final int MAX_FILES = 500;

  /// When so many files wait, whoever brings more waits as well.
  private static final int MAX_WAITING = 20_000;

  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Condition taken = lock.newCondition();
  private Map<Key, List<ArrayNode>> waiting = new LinkedHashMap<>(); // guarded by lock
  private int count; // guarded by lock
  private boolean closed; // guarded by lock
  private final Thread thread;

  private record Key(Member member, String event) {}

  FileActivity() {
    thread = Thread.ofVirtual().name("sftp-activity").start(this::run);
  }

  /// @param file an element of `files` in the entry's metadata
  void add(Member member, String event, JsonNode file) {
    lock.lock();
    try {
      while (count >= MAX_WAITING && !closed) {
        taken.awaitUninterruptibly();
      }
      if (closed) {
        log.atDebug().addKeyValue("event", event).log("activity after the end was left out");
        return;
      }
      List<ArrayNode> lists = waiting.computeIfAbsent(new Key(member, event), _ -> fresh());
      if (lists.getLast().size() >= MAX_FILES) {
        lists.add(JsonNodeFactory.instance.arrayNode());
      }
      lists.getLast().add(file);
      if (count++ == 0) {
        arrived.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private static List<ArrayNode> fresh() {
    return new ArrayList<>(List.of(JsonNodeFactory.instance.arrayNode()));
  }

  private void run() {
    for (Map<Key, List<ArrayNode>> batch = next(); !batch.isEmpty(); batch = next()) {
      batch.forEach((key, lists) -> lists.forEach(files -> record(key, files)));
    }
  }

  /// Empty at the end.
  private Map<Key, List<ArrayNode>> next() {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        arrived.awaitUninterruptibly();
      }
      long left = GATHER_NANOS;
      while (left > 0 && !closed) {
        left = arrived.awaitNanos(left);
      }
      return take();
    } catch (InterruptedException e) { // nobody has this thread to interrupt it
      throw new IllegalStateException("interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  private Map<Key, List<ArrayNode>> take() {
    Map<Key, List<ArrayNode>> batch = waiting;
    waiting = new LinkedHashMap<>();
    count = 0;
    taken.signalAll();
    return batch;
  }

  private static void record(Key key, ArrayNode files) {
    ObjectNode metadata = JsonNodeFactory.instance.objectNode();
    metadata.set("files", files);
    try {
      key.member().record(key.event(), metadata);
    } catch (RuntimeException failure) {
      log.atError()
          .addKeyValue("server", key.member().server().id())
          .addKeyValue("event", key.event())
          .setCause(failure)
          .log("activity of a user could not be written");
    }
  }

  /// Writes what waits.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      arrived.signal();
      taken.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }
}
