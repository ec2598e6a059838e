package dev.wings.fs.volume;

import dev.wings.core.volume.Scan;
import dev.wings.core.volume.ServerVolume;
import dev.wings.fs.limiter.LimiterMigration;
import dev.wings.fs.limiter.ServerDirectory;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.quota.FreeSpace;
import dev.wings.fs.quota.UsageTree;
import dev.wings.fs.quota.VolumeUsage;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.sandbox.SandboxOptions;
import dev.wings.fs.sandbox.SandboxOptions.Owner;
import dev.wings.fs.tree.TreeDelete;
import dev.wings.fs.tree.TreeOwnership;
import dev.wings.fs.tree.WalkCancelledException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One server's directory. [#root] can be asked for at any time, but operations on its paths fail
/// with an `IOException` until [#prepare] has opened the directory.
public final class Volume implements ServerVolume {
  private static final Logger log = LoggerFactory.getLogger(Volume.class);
  private static final int DELETE_THREADS = 4;

  private final Volumes volumes;
  private final UUID server;
  private final byte[] name;
  private final VolumeUsage usage;
  private final StagingJournal journal;
  private final Sandbox sandbox;
  private final LongAdder visited = new LongAdder();
  private final ReentrantLock preparing = new ReentrantLock();

  /// Inode of the directory that the sandbox is open on; guarded by [#preparing].
  private @Nullable FileStatus opened;

  /// Limit that the limiter was told last, negative when it was told none; guarded by [#preparing].
  private long limitInForce = -1;

  private volatile boolean limited;
  private volatile @Nullable String problem;

  Volume(Volumes volumes, UUID server) {
    this.volumes = volumes;
    this.server = server;
    this.name = server.toString().getBytes(StandardCharsets.US_ASCII);
    this.usage = new VolumeUsage(volumes.node());
    VolumeSettings settings = volumes.settings();
    this.journal =
        new StagingJournal(settings.dataDirectory().resolve(".staging").resolve(server.toString()));
    this.sandbox =
        Sandbox.closed(
            SandboxOptions.defaults()
                .withOwner(new Owner(settings.uid(), settings.gid(), settings.rootless()))
                .withGate(volumes.limiter().gate(server, usage))
                .withStaging(journal::starting));
  }

  @Override
  public Path root() {
    return sandbox.getPath("/");
  }

  /// The file system that [#root] belongs to.
  public Sandbox sandbox() {
    return sandbox;
  }

  @Override
  public String hostPath() {
    return volumes.limiter().mountSource(volumes.directoryOf(server)).toString();
  }

  /// Has the limiter make a missing directory or take up an existing one, checks that it is a real
  /// one and no link, and opens it. A directory that was removed or replaced since the last call is
  /// opened anew. To be called right before a container is created on [#hostPath], too
  /// (`threats.md` CT-06).
  @Override
  public void prepare() throws IOException {
    preparing.lock();
    boolean done = false;
    try (Descriptor data = volumes.openData()) {
      if (!isOpenOn(data)) {
        shut(); // whatever it was open on is not this server's directory any more
        refuseUnfinishedMigration(data);
        volumes.limiter().setup(place(), visited::increment);
      }
      tellLimit();
      open(openDirectory(data));
      done = true;
    } catch (LinuxException e) {
      throw e.forFile(directoryPath());
    } catch (IOException e) {
      problem = e.getMessage();
      throw e;
    } finally {
      if (!done) {
        shut(); // better no files than files without a limit
      }
      preparing.unlock();
    }
  }

  private boolean isOpenOn(Descriptor data) throws LinuxException {
    if (opened == null || !sandbox.isOpen()) {
      return false;
    }
    try {
      return opened.sameInode(Linux.statx(data, name));
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
      return false;
    }
  }

  private void shut() {
    if (opened != null) {
      sandbox.close();
    }
    opened = null;
    limited = false;
    limitInForce = -1;
  }

  private void refuseUnfinishedMigration(Descriptor data) throws IOException {
    String staging = server + LimiterMigration.STAGING_SUFFIX;
    try {
      Linux.statx(data, staging.getBytes(StandardCharsets.US_ASCII));
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT)) {
        return;
      }
      throw e;
    }
    throw new FileSystemException(
        directoryPath(),
        null,
        "a migration was not finished: keep the complete one of this directory and "
            + staging
            + " under this name, and remove the other");
  }

  private void tellLimit() throws IOException {
    long limit = usage.account().limit();
    if (limit != limitInForce) {
      volumes.limiter().limit(place(), limit);
      limitInForce = limit;
    }
    limited = volumes.limiter().enforces();
  }

  /// @param directory closed when this fails, or when it is open already
  private void open(Descriptor directory) throws IOException {
    FileStatus found = own(directory);
    if (opened != null && sandbox.isOpen() && opened.sameInode(found)) {
      directory.close();
      return;
    }
    usage.forget(); // another directory than before
    sandbox.open(directory);
    int leftovers = journal.sweep(sandbox);
    opened = found;
    problem = null;
    volumes.opened(place(), sandbox.mode());
    if (leftovers > 0) {
      log.atInfo()
          .addKeyValue("server", server)
          .addKeyValue("files", leftovers)
          .log("removed unfinished files of an earlier run");
    }
  }

  private ServerDirectory place() throws IOException {
    return volumes.place(server);
  }

  private String directoryPath() {
    return volumes.directoryOf(server).path().toString();
  }

  @Override
  public void applyLimit() throws IOException {
    preparing.lock();
    try {
      if (opened != null) {
        tellLimit();
      }
    } finally {
      preparing.unlock();
    }
  }

  @Override
  public boolean enforcedByKernel() {
    return limited;
  }

  /// Why the last [#prepare] failed, if it did; for the operator.
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  @Override
  public void startup() throws IOException {
    preparing.lock();
    try {
      volumes.limiter().startup(place());
    } finally {
      preparing.unlock();
    }
  }

  @Override
  public void shutdown() throws IOException {
    preparing.lock();
    try {
      volumes.limiter().shutdown(place());
    } finally {
      preparing.unlock();
    }
  }

  private Descriptor openDirectory(Descriptor data) throws IOException {
    int flags = Linux.O_PATH | Linux.oDirectory() | Linux.oNofollow();
    try {
      return Linux.openat(data, name, flags, 0);
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOTDIR) && !e.is(Errno.ELOOP)) {
        throw e;
      }
      FileSystemException refused =
          new FileSystemException(
              directoryPath(), null, "the volume is not a directory but a link or a file");
      refused.initCause(e);
      throw refused;
    }
  }

  /// @param directory closed when this fails
  private FileStatus own(Descriptor directory) throws IOException {
    VolumeSettings settings = volumes.settings();
    boolean done = false;
    try {
      FileStatus status = Linux.statx(directory);
      if (status.uid() != settings.uid() || status.gid() != settings.gid()) {
        giveRoot(directory);
      }
      done = true;
      return status;
    } finally {
      if (!done) {
        directory.close();
      }
    }
  }

  private void giveRoot(Descriptor directory) throws LinuxException {
    VolumeSettings settings = volumes.settings();
    try {
      Linux.fchownat(directory, settings.uid(), settings.gid());
    } catch (LinuxException e) {
      if (!settings.rootless() || (!e.is(Errno.EPERM) && !e.is(Errno.EINVAL))) {
        throw e;
      }
      log.atDebug().addKeyValue("server", server).setCause(e).log("volume keeps its owner");
    }
  }

  /// The volume's root first, then everything below it. Entries that cannot be changed are counted
  /// and logged together.
  @Override
  public long repairOwnership() throws IOException {
    VolumeSettings settings = volumes.settings();
    boolean done = false;
    usage.checkingOwnership();
    try (Descriptor root = sandbox.openRoot()) {
      FileStatus status = Linux.statx(root);
      long changed = 0;
      if (status.uid() != settings.uid() || status.gid() != settings.gid()) {
        giveRoot(root);
        changed++;
      }
      TreeOwnership result =
          TreeOwnership.give(
              root, settings.uid(), settings.gid(), settings.ownershipThreads(), this::goesOn);
      if (result.failed() > 0) {
        log.atWarn()
            .addKeyValue("server", server)
            .addKeyValue("entries", result.failed())
            .log("entries keep another owner");
      }
      done = true;
      return changed + result.changed();
    } catch (LinuxException e) {
      throw e.forFile(directoryPath());
    } finally {
      if (!done) {
        usage.ownershipUnknown();
      }
    }
  }

  /// Asked before each entry of a walk that is never cancelled: only counts.
  private boolean goesOn() {
    visited.increment();
    return false;
  }

  @Override
  public long progress() {
    return visited.sum();
  }

  /// What the limiter says if it can, otherwise what the last scan found.
  @Override
  public long usedBytes() {
    long scanned = usage.account().used();
    OptionalLong read = volumes.readings().of(server);
    return read.isPresent() ? volumes.limiter().inUse(read.getAsLong(), scanned) : scanned;
  }

  /// Takes note of what another process of this daemon's has written.
  ///
  /// @param directory that holds the files: names from the root on, joined by slashes
  /// @param logical change of their sizes in bytes, may be negative
  /// @param physical change of their allocated bytes, may be negative
  public void changed(byte[] directory, long logical, long physical) {
    usage.settle(directory, /* reserved= */ 0, logical, physical);
  }

  /// Sizes of the directories; zeros before the first scan.
  public UsageTree usage() {
    return usage.tree();
  }

  /// Asks whether so many bytes may be written now, for what announces its size before it begins
  /// (`filesystem.md` 8). Takes nothing: the writing itself is charged when it happens.
  ///
  /// @param bytes that would be added; nothing is asked below 1
  /// @throws dev.wings.fs.sandbox.DiskLimitException when the server's limit, or the reserve of the
  ///   node, does not let them pass; its message is fit for a user
  public void requireSpace(long bytes) throws IOException {
    usage.check(bytes);
  }

  @Override
  public boolean suspicious() {
    return usage.suspicious();
  }

  @Override
  public boolean pressed() {
    return volumes.node().freeSpace().flatMap(FreeSpace::problem).isPresent();
  }

  @Override
  public boolean ownershipMayDiffer() {
    return usage.ownershipDirty();
  }

  /// Allocated bytes count. Ends early when its thread is interrupted.
  ///
  /// @throws InterruptedIOException when it did; what was known before stays
  @Override
  public long scan() throws IOException {
    return scan(Scan.FULL);
  }

  @Override
  public long scan(Scan kind) throws IOException {
    try (Descriptor root = sandbox.openRoot()) {
      usage.scan(root, kind, () -> goesOn() || Thread.currentThread().isInterrupted());
      return usage.account().used();
    } catch (LinuxException e) {
      throw e.forFile(directoryPath());
    } catch (WalkCancelledException e) {
      InterruptedIOException interrupted = new InterruptedIOException("the scan was interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  @Override
  public void limit(long bytes) {
    usage.account().limit(bytes);
  }

  @Override
  public long limitBytes() {
    return usage.account().limit();
  }

  @Override
  public void clear() throws IOException {
    sandbox.deleteTree(root(), DELETE_THREADS, this::goesOn);
    usage.reset();
    volumes.listener().emptied(server);
  }

  /// Closes the sandbox first. A volume that does not exist is no error; if a link is in its place
  /// the link goes.
  @Override
  public void destroy() throws IOException {
    preparing.lock();
    try (Descriptor data = volumes.openData()) {
      sandbox.close();
      shut();
      volumes.readings().forget(server);
      volumes.limiter().destroy(place(), visited::increment);
      TreeDelete.delete(data, name, DELETE_THREADS, this::goesOn);
    } catch (LinuxException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e.forFile(directoryPath());
      }
    } finally {
      preparing.unlock();
    }
    journal.clear();
    usage.reset();
    usage.forget();
    volumes.listener().emptied(server);
    volumes.forget(server, this);
  }

  @Override
  public void close() {
    preparing.lock();
    try {
      usage.forget();
      sandbox.close();
      shut();
      volumes.readings().forget(server);
      journal.clear();
    } catch (IOException e) {
      throw new UncheckedIOException("staging journal cannot be removed", e);
    } finally {
      preparing.unlock();
    }
  }
}
