package dev.wings.backup.tree;

import static java.util.Objects.requireNonNull;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import dev.wings.fs.archive.write.ArchiveSettings;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.archive.write.Measurement;
import dev.wings.fs.view.DirectorySizes;
import dev.wings.fs.view.FileView;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.ToIntFunction;

/// A backup whose files are kept as a directory.
public final class TreeBackup implements StoredBackup {
  private final UUID id;
  private final KeptTree kept;
  private final Reading reading;

  /// How such backups are read.
  ///
  /// @param archives makes archives for downloads
  /// @param config asked whenever a value is needed
  /// @param restoreThreads files that are restored at a time; 0 is one per core
  public record Reading(
      ArchiveWriter archives, LiveConfig config, ToIntFunction<WingsConfig> restoreThreads) {
    public Reading {
      requireNonNull(archives, "archives");
      requireNonNull(config, "config");
      requireNonNull(restoreThreads, "restoreThreads");
    }

    int threads() {
      return restoreThreads.applyAsInt(config.current());
    }
  }

  public TreeBackup(UUID id, KeptTree kept, Reading reading) {
    this.id = requireNonNull(id, "id");
    this.kept = requireNonNull(kept, "kept");
    this.reading = requireNonNull(reading, "reading");
  }

  @Override
  public UUID id() {
    return id;
  }

  @Override
  public BackupAdapter adapter() {
    return kept.adapter();
  }

  @Override
  public Optional<UUID> server() {
    return kept.server();
  }

  @Override
  public void check(Optional<String> expected, Progress progress) throws IOException {
    kept.check(expected, progress);
  }

  @Override
  public Verification verify(Optional<String> expected, Progress progress) throws IOException {
    try {
      kept.check(expected, progress);
    } catch (DamagedBackupException damaged) {
      return new Verification(0, 0, List.of(String.valueOf(damaged.getMessage())));
    }
    try (OpenTree tree = kept.open();
        TreeVerification verification = new TreeVerification(tree, reading.threads(), progress)) {
      return verification.run();
    }
  }

  @Override
  public void restore(Restoration restoration) throws IOException {
    try (OpenTree tree = kept.open();
        TreeRestore restore = new TreeRestore(tree, restoration, reading.threads())) {
      restore.run();
    }
  }

  @Override
  public void delete(Progress progress) throws IOException {
    kept.delete(progress);
  }

  @Override
  public Download download(ArchiveFormat format) {
    return Download.Streamed.of(id, format, (target, progress) -> send(format, target, progress));
  }

  private void send(ArchiveFormat format, OutputStream target, Progress progress)
      throws IOException {
    WingsConfig config = reading.config().current();
    ArchiveSettings settings =
        new ArchiveSettings(
            format,
            config.system().backups().compressionLevel(),
            config.api().fileCompressionThreads());
    try (OpenTree tree = kept.open();
        Measurement _ = Measurement.start(tree.source(), progress)) {
      reading.archives().write(tree.source(), settings, target, progress);
    }
  }

  @Override
  public Optional<Browsing> browse() throws IOException {
    OpenTree tree = kept.open();
    FileView view =
        new FileView(
            tree.root(),
            /* primary= */ false,
            /* writable= */ false,
            /* fast= */ true,
            tree.hidden(),
            DirectorySizes.NONE);
    return Optional.of(
        new Browsing() {
          @Override
          public FileView view() {
            return view;
          }

          @Override
          public void close() throws IOException {
            tree.close();
          }
        });
  }
}
