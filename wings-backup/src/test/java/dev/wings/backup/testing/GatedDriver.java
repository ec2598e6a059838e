package dev.wings.backup.testing;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// Keeps backups in memory, and holds each of its calls at a gate until a test opens that.
public final class GatedDriver implements BackupDriver {
  private final BackupAdapter adapter;
  private final Map<UUID, UUID> whole = new ConcurrentHashMap<>();
  private final Set<UUID> parts = ConcurrentHashMap.newKeySet();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean broken;

  public GatedDriver(BackupAdapter adapter) {
    this.adapter = adapter;
  }

  /// Holds what comes from now on.
  public void shut() {
    gate = new CountDownLatch(1);
  }

  public void open() {
    gate.countDown();
  }

  /// Everything fails from now on, or works again.
  public void broken(boolean now) {
    broken = now;
  }

  /// A backup that an earlier daemon has made.
  public void keep(UUID backup, UUID server) {
    whole.put(backup, server);
  }

  public Set<UUID> whole() {
    return Set.copyOf(whole.keySet());
  }

  /// What unfinished creations have left.
  public Set<UUID> parts() {
    return Set.copyOf(parts);
  }

  /// Calls that are inside now.
  public int running() {
    return running.get();
  }

  /// The most calls that were inside at the same time.
  public int mostRunning() {
    return most.get();
  }

  private void pass(Progress progress) throws IOException {
    most.accumulateAndGet(running.incrementAndGet(), Math::max);
    try {
      gate.await();
      progress.check();
      if (broken) {
        throw new IOException("the driver is broken");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    } finally {
      running.decrementAndGet();
    }
  }

  @Override
  public BackupAdapter adapter() {
    return adapter;
  }

  @Override
  public BackupResult create(Creation creation) throws IOException {
    parts.add(creation.backup());
    pass(creation.progress());
    parts.remove(creation.backup());
    whole.put(creation.backup(), creation.server());
    return new BackupResult("fake", "sum", 1 << 20, 1, false, false, List.of());
  }

  @Override
  public Optional<StoredBackup> find(UUID backup) throws IOException {
    UUID server = whole.get(backup);
    return server == null ? Optional.empty() : Optional.of(new Stored(backup, server));
  }

  @Override
  public void discard(UUID backup) throws IOException {
    if (broken) {
      throw new IOException("the driver is broken");
    }
    parts.remove(backup);
  }

  private final class Stored implements StoredBackup {
    private final UUID id;
    private final UUID server;

    Stored(UUID id, UUID server) {
      this.id = id;
      this.server = server;
    }

    @Override
    public UUID id() {
      return id;
    }

    @Override
    public BackupAdapter adapter() {
      return adapter;
    }

    @Override
    public Optional<UUID> server() {
      return Optional.of(server);
    }

    @Override
    public Optional<ArchiveFormat> format() {
      return Optional.empty();
    }

    @Override
    public OptionalLong size() {
      return OptionalLong.empty();
    }

    @Override
    public void check(Optional<String> expected, Progress progress) {
      progress.check();
    }

    @Override
    public Verification verify(Optional<String> expected, Progress progress) throws IOException {
      pass(progress);
      return new Verification(1, 1, List.of());
    }

    @Override
    public void restore(Restoration restoration) throws IOException {
      Files.writeString(restoration.target().resolve("restored"), "restored");
      pass(restoration.progress());
    }

    @Override
    public void delete(Progress progress) throws IOException {
      pass(progress);
      whole.remove(id);
    }

    @Override
    public Download download(ArchiveFormat format) {
      return new Download.Streamed(
          id + ".tar", ArchiveFormat.TAR, (target, progress) -> target.write(new byte[1]));
    }

    @Override
    public Optional<Browsing> browse() {
      return Optional.empty();
    }
  }
}
