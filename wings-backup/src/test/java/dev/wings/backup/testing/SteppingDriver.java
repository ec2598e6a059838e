package dev.wings.backup.testing;

import dev.wings.backup.driver.BackupDriver;
import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.Download;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.driver.Verification;
import dev.wings.backup.transfer.IoPressure;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.ArchiveFormat;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// Another driver, with a step before and after each of its calls, at each write of a creation and
/// at each read and each file of a restore.
public final class SteppingDriver implements BackupDriver {
  private final BackupDriver driver;
  private final Runnable step;

  public SteppingDriver(BackupDriver driver, Runnable step) {
    this.driver = driver;
    this.step = step;
  }

  private Pace stepping() {
    return new Pace(
        () -> Long.MAX_VALUE / 2,
        () -> 0,
        IoPressure.UNKNOWN,
        () -> {
          step.run();
          return 0;
        },
        _ -> {});
  }

  @Override
  public BackupAdapter adapter() {
    return driver.adapter();
  }

  @Override
  public BackupResult create(Creation creation) throws IOException {
    step.run();
    BackupResult result =
        driver.create(
            new Creation(
                creation.backup(),
                creation.server(),
                creation.root(),
                creation.hostPath(),
                creation.filter(),
                creation.ignoreText(),
                stepping(),
                creation.progress()));
    step.run();
    return result;
  }

  @Override
  public Optional<StoredBackup> find(UUID backup) throws IOException {
    return driver.find(backup).map(Stored::new);
  }

  @Override
  public void discard(UUID backup) throws IOException {
    step.run();
    driver.discard(backup);
    step.run();
  }

  @Override
  public void recover() throws IOException {
    driver.recover();
  }

  private final class Stored implements StoredBackup {
    private final StoredBackup stored;

    Stored(StoredBackup stored) {
      this.stored = stored;
    }

    @Override
    public UUID id() {
      return stored.id();
    }

    @Override
    public BackupAdapter adapter() {
      return stored.adapter();
    }

    @Override
    public Optional<UUID> server() {
      return stored.server();
    }

    @Override
    public Optional<ArchiveFormat> format() {
      return stored.format();
    }

    @Override
    public OptionalLong size() {
      return stored.size();
    }

    @Override
    public void check(Optional<String> expected, Progress progress) throws IOException {
      step.run();
      stored.check(expected, progress);
    }

    @Override
    public Verification verify(Optional<String> expected, Progress progress) throws IOException {
      return stored.verify(expected, progress);
    }

    @Override
    public void restore(Restoration restoration) throws IOException {
      step.run();
      stored.restore(
          new Restoration(
              restoration.server(),
              restoration.target(),
              restoration.hostPath(),
              restoration.filter(),
              restoration.source(),
              stepping(),
              restoration.progress(),
              file -> step.run(),
              restoration.trouble()));
      step.run();
    }

    @Override
    public void delete(Progress progress) throws IOException {
      step.run();
      stored.delete(progress);
      step.run();
    }

    @Override
    public Download download(ArchiveFormat format) throws IOException {
      return stored.download(format);
    }

    @Override
    public Optional<Browsing> browse() throws IOException {
      return stored.browse();
    }
  }
}
