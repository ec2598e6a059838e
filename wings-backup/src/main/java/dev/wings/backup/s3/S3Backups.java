package dev.wings.backup.s3;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.SourceTroubles;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.transfer.HashedFile;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupPart;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.backup.PartSource;
import dev.wings.core.backup.PartUrls;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.SystemConfig.Backups;
import dev.wings.core.operation.Progress;
import dev.wings.core.panel.PanelException;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.write.ArchiveSettings;
import dev.wings.fs.archive.write.ArchiveSource;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.archive.write.Measurement;
import dev.wings.fs.pull.AddressPolicy;
import dev.wings.fs.pull.Connector;
import dev.wings.fs.pull.FetchTimings;
import dev.wings.fs.pull.GuardedHttpClient;
import dev.wings.fs.pull.SystemResolver;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps backups in an S3 storage that only the Panel has credentials for (`backups.md` 16).
///
/// The archive is sent while it is made, in parts: the Panel says how long those are and where they
/// go. Several are under way at a time, each in a scratch file until the storage has it, so that
/// the node never holds a second copy of the server (`threats.md` BK-07). A Panel that has no such
/// call, as Pterodactyl's, wants to know the length first: for it the archive is made in full.
///
/// What fails is reported as failed to the Panel, which then aborts its upload; scratch files of a
/// process that ended go at the next start.
///
/// Restores go through the guarded client of downloads (`threats.md` SR-05): a storage on a private
/// address has to be taken off `api.remote_download_blocked_cidrs`, which the first upload to it
/// says in the log.
public final class S3Backups implements BackupDriver {
  private static final String CHECKSUM_TYPE = "sha256";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);

  /// Parts that are sent at a time, as long as they are not too large together.
  private static final int MAX_UPLOADS = 4;

  /// What the scratch files of one backup may take, if parts are not larger than half of it.
  private static final long SCRATCH_BYTES = 4L << 30;

  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final Logger log = LoggerFactory.getLogger(S3Backups.class);

  private final Path directory;
  private final PartSource panel;
  private final ArchiveWriter writer;
  private final Supplier<SSLContext> tls;
  private final GuardedHttpClient downloads;
  private final LiveConfig config;
  private final Pace.Sleeper sleeper;
  private final LongSupplier nanoTime;

  /// @param directory the backup directory, made when it is missing
  /// @param panel signs URLs
  /// @param writer shared with whoever makes archives on this node
  /// @param tls decides which storages are trusted with uploads
  /// @param downloads for restores
  public S3Backups(
      Path directory,
      PartSource panel,
      ArchiveWriter writer,
      Supplier<SSLContext> tls,
      GuardedHttpClient downloads,
      LiveConfig config) {
    this(directory, panel, writer, tls, downloads, config, Thread::sleep, System::nanoTime);
  }

  S3Backups(
      Path directory,
      PartSource panel,
      ArchiveWriter writer,
      Supplier<SSLContext> tls,
      GuardedHttpClient downloads,
      LiveConfig config,
      Pace.Sleeper sleeper,
      LongSupplier nanoTime) {
    this.directory = requireNonNull(directory, "directory");
    this.panel = requireNonNull(panel, "panel");
    this.writer = requireNonNull(writer, "writer");
    this.tls = requireNonNull(tls, "tls");
    this.downloads = requireNonNull(downloads, "downloads");
    this.config = requireNonNull(config, "config");
    this.sleeper = requireNonNull(sleeper, "sleeper");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime");
  }

  @Override
  public BackupAdapter adapter() {
    return BackupAdapter.S3;
  }

  @Override
  public boolean keepsOnNode() {
    return false;
  }

  @Override
  public BackupResult create(Creation creation) throws IOException {
    Scratch scratch = new Scratch(directory, creation.backup());
    scratch.prepare();
    try {
      Optional<PartUrls> first = firstParts(creation.backup());
      return first.isPresent() ? stream(creation, scratch, first.get()) : buffer(creation, scratch);
    } finally {
      scratch.remove();
    }
  }

  /// @return empty when the Panel wants to know the length first
  private Optional<PartUrls> firstParts(UUID backup) {
    if (!settings().s3().streaming()) {
      return Optional.empty();
    }
    try {
      return Optional.of(panel.parts(backup, 1));
    } catch (PanelException refused) {
      if (refused.status() == NOT_FOUND || refused.status() == METHOD_NOT_ALLOWED) {
        log.atInfo()
            .addKeyValue("backup", backup)
            .log("the panel takes no backup of unknown length, the archive is made in full first");
        return Optional.empty();
      }
      throw refused;
    }
  }

  private Backups settings() {
    return config.current().system().backups();
  }

  private static void require(PartUrls urls) throws IOException {
    if (urls.urls().isEmpty() || urls.partSize() <= 0) {
      throw new IOException("the panel sent no URL for the first part, or no size of parts");
    }
  }

  /// Tells beforehand what would only come out when the backup is needed.
  private void lookAhead(UUID backup, String url) throws IOException {
    if (!downloads.permits(ObjectName.parse(url).toString())) {
      log.atWarn()
          .addKeyValue("backup", backup)
          .log(
              "backups in this storage cannot be restored: its address is on"
                  + " api.remote_download_blocked_cidrs");
    }
  }

  private BackupResult stream(Creation creation, Scratch scratch, PartUrls first)
      throws IOException {
    require(first);
    ArchiveFormat format = ObjectName.format(first.urls().getFirst());
    lookAhead(creation.backup(), first.urls().getFirst());
    Urls urls = new Urls(first, part -> panel.parts(creation.backup(), part), nanoTime);
    Progress sending = new Progress();
    try (PartUploads uploads =
            new PartUploads(
                sender(creation.pace().again(), sending),
                urls,
                uploads(first.partSize()),
                creation.progress(),
                sending);
        PartStream parts =
            new PartStream(
                scratch,
                uploads,
                first.partSize(),
                sha256(),
                bytes -> creation.pace().took(bytes, creation.progress()))) {
      try (Measurement _ = Measurement.start(source(creation), creation.progress())) {
        SourceTroubles.judge(
            creation, writer.write(source(creation), archive(format), parts, creation.progress()));
      }
      List<BackupPart> sent = parts.finish();
      return result(creation, parts.sha256Hex(), parts.size(), sent);
    }
  }

  static int uploads(long partSize) {
    return Math.clamp(SCRATCH_BYTES / partSize, 2, MAX_UPLOADS);
  }

  private PartSender sender(Pace pace, Progress sending) {
    Backups settings = settings();
    return new PartSender(
        uploadClient(Duration.ofSeconds(Math.max(1, settings.s3().partUploadTimeout()))),
        settings.s3().retryLimit(),
        sleeper,
        pace,
        sending);
  }

  /// The Panel says where uploads go, which may be in a private network.
  private GuardedHttpClient uploadClient(Duration timeout) {
    return new GuardedHttpClient(
        new AddressPolicy(List::of, AddressPolicy.Surroundings.NONE),
        new SystemResolver(),
        Connector.DIRECT,
        tls,
        new FetchTimings(CONNECT_TIMEOUT, timeout, IDLE_TIMEOUT, /* minimumBytes= */ 1));
  }

  private static ArchiveSource source(Creation creation) {
    return ArchiveSource.of(creation.root()).hiding(creation.filter(), creation.root());
  }

  private ArchiveSettings archive(ArchiveFormat format) {
    Backups settings = settings();
    return new ArchiveSettings(format, settings.compressionLevel(), settings.s3().createThreads());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) { // every Java has it
      throw new IllegalStateException(impossible);
    }
  }

  private static BackupResult result(
      Creation creation, String checksum, long size, List<BackupPart> parts) throws IOException {
    if (size == 0) {
      throw new IOException("the archive is empty");
    }
    return new BackupResult(
        CHECKSUM_TYPE,
        checksum,
        size,
        creation.progress().files(),
        /* browsable= */ false,
        /* streaming= */ false,
        parts);
  }

  private BackupResult buffer(Creation creation, Scratch scratch) throws IOException {
    Path file = scratch.whole();
    String checksum;
    try (Measurement _ = Measurement.start(source(creation), creation.progress());
        HashedFile hashed = HashedFile.create(file, creation.pace(), creation.progress())) {
      SourceTroubles.judge(
          creation,
          writer.write(
              source(creation), archive(ArchiveFormat.TAR_GZ), hashed, creation.progress()));
      checksum = hashed.sha256Hex();
    }
    long size = Files.size(file);
    PartUrls all = panel.allParts(creation.backup(), size);
    require(all);
    lookAhead(creation.backup(), all.urls().getFirst());
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return result(creation, checksum, size, sendAll(creation, channel, size, all));
    }
  }

  private List<BackupPart> sendAll(Creation creation, FileChannel file, long size, PartUrls all)
      throws IOException {
    int count = (int) Math.min(all.urls().size(), (size + all.partSize() - 1) / all.partSize());
    if (count * all.partSize() < size) {
      throw new IOException("failed to upload all parts: the panel has too few URLs");
    }
    Progress sending = new Progress();
    Urls urls =
        new Urls(
            all,
            part -> new PartUrls(all.urls().subList(part - 1, count), all.partSize()),
            nanoTime); // asking again would begin another upload
    try (PartUploads uploads =
        new PartUploads(
            sender(creation.pace().again(), sending),
            urls,
            MAX_UPLOADS,
            creation.progress(),
            sending)) {
      for (int i = 0; i < count; i++) {
        long offset = i * all.partSize();
        uploads.awaitSlot();
        uploads.start(
            i + 1, new FileSlice(file, offset, Math.min(all.partSize(), size - offset)), () -> {});
      }
      return uploads.finish();
    }
  }

  /// Whether the storage has it only the Panel knows, so every backup counts as one that exists.
  @Override
  public Optional<StoredBackup> find(UUID backup) {
    return Optional.of(new S3Backup(backup, this));
  }

  @Override
  public void discard(UUID backup) throws IOException {
    new Scratch(directory, backup).remove();
  }

  /// Removes what uploads left that an earlier process did not end.
  @Override
  public void recover() throws IOException {
    int removed = Scratch.removeAll(directory);
    if (removed > 0) {
      log.atInfo()
          .addKeyValue("files", removed)
          .log("removed what unfinished uploads of an earlier run have left");
    }
  }

  /// The object as a stream that survives interruptions.
  ResumedDownload download(String url, Progress progress) throws IOException, InterruptedException {
    Backups settings = settings();
    return ResumedDownload.open(
        downloads,
        url,
        new ResumedDownload.Limits(
            Duration.ofSeconds(Math.max(1, settings.s3().partUploadTimeout())),
            Math.max(1, settings.s3().retryLimit())),
        pause -> Waiting.sleep(pause, sleeper, progress),
        nanoTime);
  }

  int restoreThreads() {
    return config.current().api().fileDecompressionThreads();
  }
}
