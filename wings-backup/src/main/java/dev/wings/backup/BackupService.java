package dev.wings.backup;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.catalog.Catalog;
import dev.wings.backup.catalog.CatalogEntry;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.StoredBackup.Browsing;
import dev.wings.backup.driver.Verification;
import dev.wings.backup.restore.StagedTree;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.SystemConfig.Backups;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.core.volume.ServerVolume;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.view.BackupViews;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The backups of a node: makes, restores, deletes, finds, checks and shows them, whatever keeps
/// them (`backups.md` 8 to 13).
///
/// Making, restoring and deleting are admitted first, which is quick and tells what is wrong with
/// the request, and begin when [BackupTask#begin] is called after the answer. What was admitted is
/// in the [Catalog], so that nothing is forgotten by a crash: [#recover] ends at the next start
/// what was under way. Each task has a thread of its own; how many work at a time is bounded. Safe
/// for use by many threads.
public final class BackupService implements AutoCloseable {
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(4);
  private static final Logger log = LoggerFactory.getLogger(BackupService.class);

  private final Work work;
  private final OpenBackups open;
  private final Recovery recovery;
  private final Verifier verifier;
  private final ReentrantLock admission = new ReentrantLock();
  private final Map<UUID, BackupTask> running = new HashMap<>(); // guarded by admission
  private boolean closed; // guarded by admission

  /// Opens the catalog in the backup directory, which is made when it is missing.
  public BackupService(BackupNode node) {
    this(node, StagedTree.Steps.UNWATCHED);
  }

  /// @param steps for tests, which end the process there
  BackupService(BackupNode node, StagedTree.Steps steps) {
    Catalog catalog = Catalog.open(requireNonNull(node, "node").directory());
    Stock stock = new Stock(node, catalog);
    this.work =
        new Work(
            node,
            catalog,
            stock,
            new Turns(() -> node.config().current().system().backups()),
            steps);
    this.open = new OpenBackups(node.nanoTime());
    this.recovery = new Recovery(work);
    this.verifier = new Verifier(work);
  }

  /// Ends what an earlier process has left in the middle: removes unfinished creations, ends
  /// deletions, and takes restores forward or back. To be called once, before servers may start.
  ///
  /// @param volumes of servers, also of those that are not registered
  /// @param servers all that this node has
  public void recover(Function<UUID, ServerVolume> volumes, List<UUID> servers) {
    recovery.run(volumes, servers);
  }

  /// Begins what goes on in the background, when servers are registered: servers whose restore
  /// could not be ended by [#recover] are locked until it can, and backups are verified if the
  /// configuration says so.
  public void start() {
    recovery.retryLater();
    verifier.start();
  }

  /// Admits the making of a backup.
  ///
  /// @param ignore lines of what to leave out
  /// @throws WingsException kind `CONFLICT` "backup already exists"; kind `LIMIT` when the server
  ///   has as many backups as the node allows; kind `INTERNAL` when it cannot be noted
  public BackupTask create(Server server, UUID backup, BackupAdapter adapter, String ignore) {
    admission.lock();
    try {
      requireOpen();
      if (running.containsKey(backup)
          || work.catalog().find(backup).isPresent()
          || exists(backup, adapter)) {
        throw WingsException.conflict("backup already exists");
      }
      requireRoom(server.id());
      CatalogEntry entry = CatalogEntry.creating(backup, server.id(), adapter, work.now());
      work.catalog().put(entry);
      return admit(backup, BackupTask.Kind.CREATE, new Creating(work, server, entry, ignore)::run);
    } catch (IOException unwritable) {
      throw new WingsException(
          ErrorKind.INTERNAL, "the catalog of backups cannot be written", unwritable);
    } finally {
      admission.unlock();
    }
  }

  private boolean exists(UUID backup, BackupAdapter adapter) {
    try {
      var driver = work.node().drivers().get(adapter);
      return driver != null && driver.keepsOnNode() && driver.find(backup).isPresent();
    } catch (IOException unknown) {
      throw new WingsException(
          ErrorKind.INTERNAL, "cannot tell whether the backup exists", unknown);
    }
  }

  /// The node's own ceilings (`threats.md` BK-08).
  private void requireRoom(UUID server) {
    Backups settings = work.settings();
    List<CatalogEntry> own = work.catalog().of(server);
    if (settings.maxPerServer() > 0 && own.size() >= settings.maxPerServer()) {
      throw new WingsException(
          ErrorKind.LIMIT, "the server has " + own.size() + " backups on this node already");
    }
    long bytes =
        own.stream().flatMap(entry -> entry.result().stream()).mapToLong(BackupResult::size).sum();
    if (settings.maxSizePerServer() > 0 && bytes >= settings.maxSizePerServer() << 20) {
      throw new WingsException(
          ErrorKind.LIMIT,
          "the backups of the server have " + (bytes >> 20) + " MiB on this node already");
    }
  }

  private void requireOpen() {
    if (closed) {
      throw WingsException.impossible("the daemon is stopping");
    }
  }

  private BackupTask admit(UUID backup, BackupTask.Kind kind, BackupTask.Work body) {
    BackupTask[] self = new BackupTask[1];
    BackupTask task = new BackupTask(backup, kind, body, () -> ended(self[0]));
    self[0] = task;
    running.put(backup, task);
    return task;
  }

  private void ended(BackupTask task) {
    admission.lock();
    try {
      running.remove(task.backup(), task);
    } finally {
      admission.unlock();
    }
  }

  /// Admits a restore. Everything that can be wrong with the server's state shows only when it runs
  /// and is reported to the Panel, as is the result (`backups.md` 9).
  ///
  /// @param truncate whether nothing of the server's files stays
  /// @param source where the Panel says that the content can be fetched
  /// @throws WingsException kind `INVALID` without a source for a kind that needs one; kind
  ///   `NOT_FOUND` "backup not found", also for a backup of another server; kind `CONFLICT` while
  ///   something else is done with the backup; kind `UNSUPPORTED`
  public BackupTask restore(
      Server server, UUID backup, BackupAdapter adapter, boolean truncate, Optional<URI> source) {
    if (adapter == BackupAdapter.S3 && source.isEmpty()) {
      throw WingsException.invalid("download_url is required for s3 backups");
    }
    Optional<StoredBackup> stored = lookUp(backup, adapter);
    if (stored.isEmpty() || !work.stock().belongs(server, backup, stored)) {
      throw Stock.notFound();
    }
    admission.lock();
    try {
      requireOpen();
      BackupTask other = running.get(backup);
      if (other != null) {
        throw WingsException.conflict("backup is busy (" + other.kind().label() + ")");
      }
      return admit(
          backup,
          BackupTask.Kind.RESTORE,
          new Restoring(work, server, backup, stored.get().adapter(), truncate, source)::run);
    } finally {
      admission.unlock();
    }
  }

  private Optional<StoredBackup> lookUp(UUID backup, BackupAdapter adapter) {
    try {
      return work.stock().find(backup, adapter);
    } catch (IOException unknown) {
      throw new WingsException(
          ErrorKind.INTERNAL, "cannot tell whether the backup exists", unknown);
    }
  }

  /// Admits a deletion that the Panel asks for as the owner of all backups; it is told the result.
  /// A creation that is under way is cancelled. Asking again while it runs gives the same task.
  ///
  /// @param server that hears of it, if the Panel named one
  /// @throws WingsException kind `NOT_FOUND` "backup not found" when there is nothing of it; kind
  ///   `UNSUPPORTED`
  public BackupTask delete(UUID backup, BackupAdapter adapter, Optional<Server> server) {
    return delete(backup, Optional.of(adapter), server, /* tell= */ true);
  }

  /// The same when whoever asks waits for the end: the Panel is not told, nor is a server.
  ///
  /// @throws WingsException kind `NOT_FOUND` "backup not found" when there is nothing of it; kind
  ///   `UNSUPPORTED`
  public BackupTask deleteUntold(UUID backup, BackupAdapter adapter) {
    return delete(backup, Optional.of(adapter), Optional.empty(), /* tell= */ false);
  }

  /// Admits a deletion on behalf of a server; the Panel is not told the result.
  ///
  /// @throws WingsException kind `NOT_FOUND` "backup not found", also for a backup of another
  ///   server
  public BackupTask deleteOf(Server server, UUID backup) {
    boolean known =
        work.catalog().find(backup).isPresent()
            ? work.stock().belongs(server, backup, Optional.empty())
            : work.stock().belongs(server, backup, work.stock().find(backup));
    if (!known) {
      throw Stock.notFound();
    }
    return delete(backup, Optional.empty(), Optional.of(server), /* tell= */ false);
  }

  private BackupTask delete(
      UUID backup, Optional<BackupAdapter> wanted, Optional<Server> server, boolean tell) {
    Optional<CatalogEntry> entry = work.catalog().find(backup);
    Optional<BackupAdapter> adapter =
        entry.map(CatalogEntry::adapter).or(() -> kept(backup, wanted));
    admission.lock();
    try {
      requireOpen();
      BackupTask other = running.get(backup);
      if (other != null && other.kind() == BackupTask.Kind.DELETE) {
        return other;
      }
      if (adapter.isEmpty()) {
        throw Stock.notFound();
      }
      if (other != null && other.kind() != BackupTask.Kind.RESTORE) {
        other.cancel();
      } else if (other != null) {
        other.begin(); // the deletion waits for its end
      }
      return admit(
          backup,
          BackupTask.Kind.DELETE,
          new Deleting(work, open, backup, adapter.get(), server, tell, other)::run);
    } finally {
      admission.unlock();
    }
  }

  /// The kind of a backup that only its driver knows.
  private Optional<BackupAdapter> kept(UUID backup, Optional<BackupAdapter> wanted) {
    Optional<StoredBackup> stored =
        wanted.isPresent() ? lookUp(backup, wanted.get()) : work.stock().find(backup);
    return stored.map(StoredBackup::adapter);
  }

  /// What is being done with a backup.
  public Optional<BackupTask> task(UUID backup) {
    admission.lock();
    try {
      return Optional.ofNullable(running.get(backup));
    } finally {
      admission.unlock();
    }
  }

  /// A complete backup.
  ///
  /// @throws WingsException kind `NOT_FOUND` "backup not found"; kind `UNSUPPORTED`
  public StoredBackup find(UUID backup, BackupAdapter adapter) {
    return lookUp(backup, adapter).orElseThrow(Stock::notFound);
  }

  /// A complete backup of whatever kind that this node keeps.
  ///
  /// @throws WingsException kind `NOT_FOUND` "backup not found"
  public StoredBackup find(UUID backup) {
    return work.stock().find(backup).orElseThrow(Stock::notFound);
  }

  /// The same, of one server only.
  ///
  /// @throws WingsException kind `NOT_FOUND` "backup not found", also for a backup of another
  ///   server
  public StoredBackup find(Server server, UUID backup) {
    return work.stock()
        .find(backup)
        .filter(stored -> work.stock().belongs(server, backup, Optional.of(stored)))
        .orElseThrow(Stock::notFound);
  }

  /// What the Panel has to know of a backup before it exports it (`backups.md` 13.2).
  ///
  /// @param format of the stored file, for kinds that store one
  /// @param size of it in bytes
  public record Description(Optional<ArchiveFormat> format, OptionalLong size) {}

  /// @throws WingsException kind `NOT_FOUND`; kind `INTERNAL` for s3, which the node cannot ask
  public Description query(UUID backup, BackupAdapter adapter) {
    if (adapter == BackupAdapter.S3) {
      throw new WingsException(ErrorKind.INTERNAL, "s3 backups cannot be queried");
    }
    StoredBackup stored = find(backup, adapter);
    return new Description(stored.format(), stored.size());
  }

  /// How a backup is downloaded.
  ///
  /// @param server that the token is for, empty for an administrator's
  /// @param format wanted by the client
  public Download download(Optional<Server> server, UUID backup, ArchiveFormat format)
      throws IOException {
    StoredBackup stored = server.isPresent() ? find(server.get(), backup) : find(backup);
    return stored.download(format);
  }

  /// Where an export reads from (`backups.md` 13.1).
  public sealed interface ExportSource {
    /// A tree, of which an archive in any format can be made.
    record Tree(Browsing browsing) implements ExportSource {}

    /// Something that is copied as it is.
    record Stored(Download download) implements ExportSource {}
  }

  /// What to export of a backup. A tree stays open for minutes after it was last asked for; who
  /// takes longer opens it with [StoredBackup#browse].
  public ExportSource export(UUID backup, BackupAdapter adapter, ArchiveFormat format)
      throws IOException {
    StoredBackup stored = find(backup, adapter);
    Optional<Browsing> browsing = stored.browse();
    return browsing.isPresent()
        ? new ExportSource.Tree(browsing.get())
        : new ExportSource.Stored(stored.download(format));
  }

  /// Backups as trees for the file API, each only for its own server. Only those that the catalog
  /// or the Panel names are looked for: whoever makes ids up must not start programs with them.
  public BackupViews views() {
    return (server, backup) -> {
      Optional<StoredBackup> stored =
          work.node()
              .servers()
              .find(server)
              .filter(known -> named(known, backup))
              .flatMap(known ->
                  work.stock()
                      .find(backup)
                      .filter(found -> work.stock().belongs(known, backup, Optional.of(found))));
      return stored.isEmpty() ? Optional.empty() : open.open(stored.get()).map(Browsing::view);
    };
  }

  private boolean named(Server server, UUID backup) {
    return work.catalog().find(backup).isPresent()
        || server.definition().settings().backups().contains(backup);
  }

  /// What the catalog knows about a backup.
  public Optional<CatalogEntry> entry(UUID backup) {
    return work.catalog().find(backup);
  }

  /// Everything in the catalog, for those who list backups.
  public List<CatalogEntry> catalog() {
    return work.catalog().all();
  }

  /// Reads all of a backup and compares it with what is known of it.
  ///
  /// @throws WingsException kind `NOT_FOUND` "backup not found"
  public Verification verify(UUID backup, Progress progress) throws IOException {
    return verifier.verify(find(backup), progress);
  }

  /// What an operator has to know: damaged backups, restores that do not end.
  public List<String> problems() {
    List<String> problems = new ArrayList<>(recovery.problems());
    problems.addAll(verifier.problems());
    return problems;
  }

  /// Cancels what can be cancelled and waits a moment for the end of all. What goes on all the same
  /// is ended by [#recover] of the next process.
  @Override
  public void close() {
    List<BackupTask> all;
    admission.lock();
    try {
      closed = true;
      all = new ArrayList<>(running.values());
    } finally {
      admission.unlock();
    }
    verifier.close();
    recovery.close();
    all.forEach(BackupTask::cancel);
    long begin = System.nanoTime();
    for (BackupTask task : all) {
      end(task, CLOSE_PATIENCE.minusNanos(System.nanoTime() - begin));
    }
    open.close();
  }

  private static void end(BackupTask task, Duration patience) {
    try {
      if (!task.await(patience.isNegative() ? Duration.ZERO : patience)) {
        task.abandon();
        log.atWarn()
            .addKeyValue("backup", task.backup())
            .addKeyValue("task", task.kind().label())
            .log("work on a backup was cut short by the end of the daemon");
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }
}
