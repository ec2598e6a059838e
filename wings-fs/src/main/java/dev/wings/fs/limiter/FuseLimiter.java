package dev.wings.fs.limiter;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import dev.wings.fs.host.Commands;
import dev.wings.fs.host.Mounts;
import dev.wings.fs.sandbox.SpaceGate;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The program `fusequota` between a plain directory and the containers (`filesystem.md` 9.5). The
/// daemon works on the directory itself and tells the program what it wrote.
final class FuseLimiter implements DiskLimiter {
  private static final Logger log = LoggerFactory.getLogger(FuseLimiter.class);
  private static final Duration TELL_INTERVAL = Duration.ofSeconds(10);
  private static final Duration START_PATIENCE = Duration.ofSeconds(10);
  private static final long START_PAUSE_MILLIS = 50;

  private final LimiterSettings settings;
  private final Commands commands;
  private final LongSupplier nanoTime;

  /// Limits that the daemon wants, for a helper that starts later.
  private final Map<UUID, Long> limits = new ConcurrentHashMap<>();

  /// Bytes that the daemon wrote and the helper was not told of.
  private final Map<UUID, AtomicLong> untold = new ConcurrentHashMap<>();

  private volatile long toldAt;

  FuseLimiter(LimiterSettings settings, Commands commands, LongSupplier nanoTime) {
    this.settings = settings;
    this.commands = commands;
    this.nanoTime = nanoTime;
    this.toldAt = nanoTime.getAsLong();
  }

  @Override
  public DiskLimiterMode mode() {
    return DiskLimiterMode.FUSE_QUOTA;
  }

  @Override
  public boolean enforces() {
    return true;
  }

  @Override
  public void check() throws IOException {
    if (!Files.exists(Path.of("/dev/fuse"))) {
      throw new LimiterException(
          "system.disk_limiter_mode fuse_quota needs /dev/fuse, which is missing: load the kernel"
              + " module fuse");
    }
    if (!commands.exists("fusequota")) {
      throw new LimiterException(
          "system.disk_limiter_mode fuse_quota needs the program fusequota, which is not on the"
              + " PATH");
    }
  }

  @Override
  public Path mountSource(ServerDirectory directory) {
    return settings.vmounts().toAbsolutePath().resolve(directory.server() + "/fs");
  }

  private FuseSocket socket(ServerDirectory directory) {
    return new FuseSocket(
        settings.vmounts().toAbsolutePath().resolve(directory.server() + "/fs.fqsock"));
  }

  @Override
  public void setup(ServerDirectory directory, Runnable alive) throws IOException {
    DataDirectory.make(directory);
  }

  @Override
  public boolean holds(ServerDirectory directory) throws IOException {
    return DataDirectory.status(directory).isPresent();
  }

  @Override
  public void limit(ServerDirectory directory, long bytes) throws IOException {
    limits.put(directory.server(), bytes);
    FuseSocket helper = socket(directory);
    if (helper.answers()) {
      helper.command("set quota = " + bytes);
    }
  }

  @Override
  public void startup(ServerDirectory directory) throws IOException {
    FuseSocket helper = socket(directory);
    if (helper.answers()) {
      return;
    }
    check();
    Path mount = mountSource(directory);
    if (Mounts.ofThisProcess().at(mount).isPresent()) {
      commands.run("umount", "-l", mount.toString()); // its helper died
    }
    Files.createDirectories(mount);
    Files.deleteIfExists(helper.path());
    untold.remove(directory.server()); // the helper begins with a look at the tree
    commands.launch(
        List.of(
            "fusequota",
            "--quota",
            Long.toString(limits.getOrDefault(directory.server(), 0L)),
            "--quota-rescan-interval",
            Long.toString(settings.rescanInterval().toSeconds()),
            "--clone-fd",
            "--communication-socket-path",
            helper.path().toString(),
            "--uid",
            Integer.toString(settings.uid()),
            "--gid",
            Integer.toString(settings.gid()),
            "--nocache",
            "-o",
            "io_uring,allow_other",
            directory.argument(),
            mount.toString()));
    awaitAnswer(helper);
  }

  private void awaitAnswer(FuseSocket helper) throws IOException {
    long begin = nanoTime.getAsLong();
    while (!helper.answers()) {
      if (nanoTime.getAsLong() - begin > START_PATIENCE.toNanos()) {
        throw new LimiterException("fusequota does not answer at " + helper.path());
      }
      try {
        Thread.sleep(START_PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while fusequota started");
      }
    }
  }

  @Override
  public void shutdown(ServerDirectory directory) throws IOException {
    FuseSocket helper = socket(directory);
    if (helper.answers()) {
      helper.command("do end");
    }
    untold.remove(directory.server());
  }

  @Override
  public Map<UUID, Long> usage(Collection<ServerDirectory> directories) throws IOException {
    boolean tell = nanoTime.getAsLong() - toldAt >= TELL_INTERVAL.toNanos();
    if (tell) {
      toldAt = nanoTime.getAsLong();
    }
    Map<UUID, Long> usage = new HashMap<>();
    for (ServerDirectory directory : directories) {
      FuseSocket helper = socket(directory);
      OptionalLong used = helper.ask();
      if (used.isPresent()) {
        try {
          long told = tell ? tell(directory, helper) : 0;
          usage.put(directory.server(), Math.max(0, used.getAsLong() + told));
        } catch (IOException silent) {
          log.atWarn()
              .addKeyValue("server", directory.server())
              .setCause(silent)
              .log("fusequota does not tell its usage");
        }
      }
    }
    return usage;
  }

  /// @return bytes that the helper counts now and did not before
  private long tell(ServerDirectory directory, FuseSocket helper) throws IOException {
    AtomicLong pending = untold.get(directory.server());
    if (pending == null) {
      return 0;
    }
    long bytes = pending.getAndSet(0);
    boolean told = false;
    try {
      if (bytes > 0) {
        helper.command("add quota_used = " + bytes);
      } else if (bytes < 0) {
        helper.command("rem quota_used = " + -bytes);
      }
      told = true;
      return bytes;
    } finally {
      if (!told) {
        pending.addAndGet(bytes); // the next time
      }
    }
  }

  /// Counts what the daemon writes past the helper.
  @Override
  public SpaceGate gate(UUID server, SpaceGate account) {
    return new SpaceGate() {
      @Override
      public void reserve(long bytes, long before) throws IOException {
        account.reserve(bytes, before);
      }

      @Override
      public void release(long bytes) {
        account.release(bytes);
      }

      @Override
      public void settle(byte[] directory, long reserved, long logical, long physical) {
        account.settle(directory, reserved, logical, physical);
        count(physical);
      }

      @Override
      public void created(byte[] directory, long logical, long physical) {
        account.created(directory, logical, physical);
        count(physical);
      }

      @Override
      public void removed(byte[] directory, long physical) {
        account.removed(directory, physical);
        count(-physical);
      }

      @Override
      public void moved(byte[] from, byte[] to) {
        account.moved(from, to);
      }

      private void count(long bytes) {
        untold.computeIfAbsent(server, _ -> new AtomicLong()).addAndGet(bytes);
      }
    };
  }

  @Override
  public void destroy(ServerDirectory directory, Runnable alive) throws IOException {
    shutdown(directory);
    limits.remove(directory.server());
    Files.deleteIfExists(socket(directory).path());
    Files.deleteIfExists(mountSource(directory));
  }
}
