package dev.wings.backup.restic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.json.Json;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// The snapshots that were seen lately, so that what is looked for again needs no program.
final class Snapshots {
  private static final Duration KEPT = Duration.ofMinutes(10);
  private static final int MOST = 10_000;

  private final Restic restic;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<UUID, Seen> seen = // guarded by lock
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, Seen> eldest) {
          return size() > MOST;
        }
      };

  private record Seen(Snapshot snapshot, long since) {}

  Snapshots(Restic restic, LongSupplier nanoTime) {
    this.restic = restic;
    this.nanoTime = nanoTime;
  }

  /// One that was seen.
  Optional<Snapshot> known(UUID backup) {
    lock.lock();
    try {
      Seen found = seen.get(backup);
      return found == null || nanoTime.getAsLong() - found.since() > KEPT.toNanos()
          ? Optional.empty()
          : Optional.of(found.snapshot());
    } finally {
      lock.unlock();
    }
  }

  void forget(UUID backup) {
    lock.lock();
    try {
      seen.remove(backup);
    } finally {
      lock.unlock();
    }
  }

  /// Asks a repository. Of several snapshots of a backup the last counts.
  Optional<Snapshot> look(UUID backup, ResticRepository repository) throws IOException {
    List<Snapshot> all = list(repository, new Progress());
    long now = nanoTime.getAsLong();
    lock.lock();
    try {
      all.forEach(snapshot -> {
        seen.remove(snapshot.backup()); // to the end of the order
        seen.put(snapshot.backup(), new Seen(snapshot, now));
      });
      if (all.stream().noneMatch(snapshot -> snapshot.backup().equals(backup))) {
        seen.remove(backup);
      }
    } finally {
      lock.unlock();
    }
    return all.reversed().stream().filter(s -> s.backup().equals(backup)).findFirst();
  }

  /// All snapshots of a repository that are backups, the oldest first.
  List<Snapshot> list(ResticRepository repository, Progress progress) throws IOException {
    List<Snapshot> found = new ArrayList<>();
    JsonNode answer;
    try (ResticRun run = restic.start(Restic.Call.reading(repository, "snapshots"), progress)) {
      byte[] output = run.output().readAllBytes();
      run.await("snapshots");
      answer = Json.mapper().readTree(output);
    }
    for (JsonNode node : answer) {
      Snapshot.read(node, repository).ifPresent(found::add);
    }
    return found;
  }
}
