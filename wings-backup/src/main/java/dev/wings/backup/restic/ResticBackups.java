package dev.wings.backup.restic;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.ResticRepository;
import dev.wings.core.backup.ResticSource;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.SystemConfig.ResticBackup;
import dev.wings.core.config.SystemPaths;
import dev.wings.core.json.Json;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.core.panel.PanelException;
import dev.wings.fs.archive.write.ArchiveWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps backups as snapshots of restic repositories, which share what they have in common
/// (`backups.md` 20). A snapshot's first tag is the backup's id.
///
/// The repository is the node's own when its password file exists, otherwise the Panel names one
/// for each backup. It has to exist: repositories are never initialised here.
///
/// Every version of restic from 0.12 on will do. Paths in snapshots are named in full, as the short
/// form `snapshot:directory` exists since 0.16 only, when it also learned to wait for locks.
public final class ResticBackups implements BackupDriver {
  static final String CHECKSUM_TYPE = "restic";

  /// Checksum of a backup whose snapshot restic did not name.
  static final String UNKNOWN = "unknown";

  private static final Logger log = LoggerFactory.getLogger(ResticBackups.class);

  private final ResticSource panel;
  private final ArchiveWriter writer;
  private final LiveConfig config;
  private final Restic restic;
  private final Snapshots snapshots;

  /// @param directory the backup directory, in which restic has its cache
  /// @param panel names repositories
  /// @param writer makes archives of downloads
  public ResticBackups(
      Path directory, ResticSource panel, ArchiveWriter writer, LiveConfig config) {
    this(new Restic("restic", directory), panel, writer, config, System::nanoTime);
  }

  ResticBackups(
      Restic restic,
      ResticSource panel,
      ArchiveWriter writer,
      LiveConfig config,
      LongSupplier nanoTime) {
    this.restic = requireNonNull(restic, "restic");
    this.panel = requireNonNull(panel, "panel");
    this.writer = requireNonNull(writer, "writer");
    this.config = requireNonNull(config, "config");
    this.snapshots = new Snapshots(restic, nanoTime);
  }

  /// The repository that the configuration names, whether or not its password file exists.
  static ResticRepository configured(SystemConfig system) {
    ResticBackup settings = system.backups().restic();
    return new ResticRepository(
        settings.repository().replace("{root_directory}", system.rootDirectory()),
        Optional.of(passwordFile(system).toString()),
        settings.retryLockSeconds(),
        settings.environment());
  }

  private static Path passwordFile(SystemConfig system) {
    return SystemPaths.resolve(system.rootDirectory(), system.backups().restic().passwordFile());
  }

  private Optional<ResticRepository> local() {
    SystemConfig system = config.current().system();
    return Files.isRegularFile(passwordFile(system))
        ? Optional.of(configured(system))
        : Optional.empty();
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.RESTIC;
  }

  @Override
  public boolean keepsOnNode() {
    return false;
  }

  @Override
  public BackupResult create(Creation creation) throws IOException {
    Optional<ResticRepository> own = local();
    if (own.isPresent()) {
      log.atInfo()
          .addKeyValue("backup", creation.backup())
          .log("the node's own restic repository is used, because its password file exists");
    }
    ResticRepository repository = own.orElseGet(() -> panel.restic(creation.backup()));
    try (Excludes excludes = Excludes.of(creation, temporary())) {
      return create(creation, repository, excludes);
    } catch (OperationAbortedException cancelled) {
      unlock(repository);
      throw cancelled;
    }
  }

  private BackupResult create(Creation creation, ResticRepository repository, Excludes excludes)
      throws IOException {
    Summary summary = new Summary();
    try (ResticRun run =
        restic.start(
            new Restic.Call(
                repository,
                Restic.Locks.WAIT,
                /* json= */ true,
                backupArguments(creation, excludes)),
            creation.progress())) {
      run.lines(line -> {
        JsonNode message = json(line);
        switch (message.path("message_type").asText()) {
          case "status" -> summary.status(message, creation.progress());
          case "summary" -> summary.last = message;
          default -> {} // of single files, and what later versions add
        }
      });
      run.await("backup");
    }
    return summary.result(creation.progress());
  }

  private List<String> backupArguments(Creation creation, Excludes excludes) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("backup", "--exclude-file", excludes.path()));
    arguments.addAll(List.of("--tag", creation.backup().toString()));
    if (restic.modern()) {
      arguments.addAll(List.of("--group-by", "tags"));
    }
    arguments.addAll(rates());
    arguments.add(creation.hostPath());
    return arguments;
  }

  /// Limits in KiB for each second; 0 is unlimited.
  List<String> rates() {
    SystemConfig.Backups settings = config.current().system().backups();
    return List.of(
        "--limit-download",
        Long.toString(settings.readLimit() * 1024),
        "--limit-upload",
        Long.toString(settings.writeLimit() * 1024));
  }

  /// A line of output.
  ///
  /// @return an empty object for what is no JSON
  static JsonNode json(String line) {
    try {
      return Json.mapper().readTree(line);
    } catch (JsonProcessingException text) {
      return Json.mapper().createObjectNode();
    }
  }

  /// What the program tells while it makes a backup.
  private static final class Summary {
    private long bytes;
    private long files;
    private @Nullable JsonNode last;

    void status(JsonNode message, Progress progress) {
      progress.expect(message.path("total_bytes").asLong());
      advance(message.path("bytes_done").asLong(), message.path("files_done").asLong(), progress);
    }

    private void advance(long bytesNow, long filesNow, Progress progress) {
      progress.addBytes(Math.max(0, bytesNow - bytes));
      bytes = Math.max(bytes, bytesNow);
      for (; files < filesNow; files++) {
        progress.addFile();
      }
    }

    BackupResult result(Progress progress) throws IOException {
      JsonNode found = last;
      if (found == null) {
        throw new IOException("restic did not say what it has backed up");
      }
      long size = found.path("total_bytes_processed").asLong();
      long count = found.path("total_files_processed").asLong();
      progress.expect(size);
      advance(size, count, progress);
      return new BackupResult(
          CHECKSUM_TYPE,
          found.path("snapshot_id").asText(UNKNOWN),
          size,
          count,
          /* browsable= */ true,
          /* streaming= */ true,
          List.of());
    }
  }

  @Override
  public Optional<StoredBackup> find(UUID backup) throws IOException {
    return snapshot(backup).map(snapshot -> new ResticStored(snapshot, this));
  }

  private Optional<Snapshot> snapshot(UUID backup) throws IOException {
    Optional<Snapshot> known = snapshots.known(backup);
    return known.isPresent() ? known : look(backup);
  }

  /// The node's own repository comes first, as for creations; a backup may be older than that.
  private Optional<Snapshot> look(UUID backup) throws IOException {
    Optional<ResticRepository> own = local();
    if (own.isPresent()) {
      Optional<Snapshot> found = snapshots.look(backup, own.get());
      if (found.isPresent()) {
        return found;
      }
    }
    Optional<ResticRepository> named = named(backup);
    return named.isPresent() ? snapshots.look(backup, named.get()) : Optional.empty();
  }

  /// @return empty when the Panel knows of no such backup in a repository
  private Optional<ResticRepository> named(UUID backup) throws IOException {
    try {
      return Optional.of(panel.restic(backup));
    } catch (PanelException refused) {
      if (refused.unavailable()) { // "not found" would let a deletion pass for done
        throw new IOException("the panel does not tell where the backup is", refused);
      }
      return Optional.empty();
    }
  }

  /// Removes the snapshot of a creation that failed when it was made all the same, as restic does
  /// when it could not read some files.
  @Override
  public void discard(UUID backup) throws IOException {
    Optional<Snapshot> left = look(backup);
    while (left.isPresent()) {
      forget(left.get(), new Progress());
      left = look(backup);
    }
  }

  /// Removes a snapshot. What only it had in the repository stays until the next prune.
  void forget(Snapshot snapshot, Progress progress) throws IOException {
    try (ResticRun run =
        restic.start(
            new Restic.Call(
                snapshot.repository(),
                Restic.Locks.WAIT,
                /* json= */ false,
                List.of("forget", snapshot.id(), "--group-by", "tags")),
            progress)) {
      run.lines(_ -> {});
      run.await("forget");
    } catch (ResticException failed) {
      if (!failed.unknownSnapshot()) {
        throw failed;
      }
    } finally {
      snapshots.forget(snapshot.backup());
    }
  }

  /// A killed program leaves its lock; only locks without a living holder go.
  private void unlock(ResticRepository repository) {
    try (ResticRun run =
        restic.start(
            new Restic.Call(repository, Restic.Locks.DEFAULT, /* json= */ false, List.of("unlock")),
            new Progress())) {
      run.lines(_ -> {});
      run.await("unlock");
    } catch (IOException failed) {
      log.atWarn().setCause(failed).log("the lock of a cancelled restic stays");
    }
  }

  /// Removes files that an earlier process has left.
  @Override
  public void recover() throws IOException {
    Excludes.removeAll(temporary());
  }

  private Path temporary() {
    return SystemPaths.of(config.current().system()).temporary();
  }

  Restic restic() {
    return restic;
  }

  ArchiveWriter writer() {
    return writer;
  }

  SystemConfig.CompressionLevel compressionLevel() {
    return config.current().system().backups().compressionLevel();
  }

  int compressionThreads() {
    return config.current().api().fileCompressionThreads();
  }

  Path scratch() throws IOException {
    Path directory = temporary();
    Files.createDirectories(directory);
    return directory;
  }
}
