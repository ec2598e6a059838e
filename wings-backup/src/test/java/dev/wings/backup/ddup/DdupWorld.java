package dev.wings.backup.ddup;

import dev.wings.backup.driver.Creation;
import dev.wings.backup.driver.Restoration;
import dev.wings.backup.driver.StoredBackup;
import dev.wings.backup.transfer.Pace;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.config.SystemConfig.DdupBakCompression;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.testing.TestConfig;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.ignore.PathFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/// A repository in a directory, and backups of any tree in it.
final class DdupWorld {
  static final UUID SERVER = UUID.nameUUIDFromBytes(new byte[] {1});

  private final Path directory;
  private final DdupBackups driver;
  private final Repository repository;
  private final List<String> troubles = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, Object> settings = new HashMap<>();
  private volatile WingsConfig config;
  private PathFilter filter = PathFilter.NONE;

  DdupWorld(Path directory) {
    this(directory, Repository.Steps.UNWATCHED);
  }

  DdupWorld(Path directory, Repository.Steps steps) {
    this(directory, steps, LockFile.Processes.ofMachine());
  }

  DdupWorld(Path directory, Repository.Steps steps, LockFile.Processes processes) {
    this.directory = directory;
    settings.put("system.backups.ddupBak.createThreads", 3);
    settings.put("system.backups.ddupBak.compressionFormat", DdupBakCompression.DEFLATE);
    config = TestConfig.of(settings);
    repository = new Repository(directory.resolve(".ddup-bak"), processes, steps);
    driver = new DdupBackups(repository, new ArchiveWriter(64 << 20, new Random(1)), () -> config);
  }

  void compress(DdupBakCompression compression) {
    settings.put("system.backups.ddupBak.compressionFormat", compression);
    config = TestConfig.of(settings);
  }

  void threads(int count) {
    settings.put("system.backups.ddupBak.createThreads", count);
    config = TestConfig.of(settings);
  }

  void hide(PathFilter hidden) {
    filter = hidden;
  }

  DdupBackups driver() {
    return driver;
  }

  Repository repository() {
    return repository;
  }

  Path root() {
    return directory.resolve(".ddup-bak");
  }

  static UUID id(int number) {
    return new UUID(0x1234_5678_0000_4000L, 0x8000_0000_0000_0000L + number);
  }

  BackupResult create(UUID backup, Path tree) throws IOException {
    return create(backup, tree, new Progress());
  }

  BackupResult create(UUID backup, Path tree, Progress progress) throws IOException {
    return driver.create(
        new Creation(backup, SERVER, tree, tree.toString(), filter, "", Pace.free(), progress));
  }

  StoredBackup find(UUID backup) throws IOException {
    return driver.find(backup).orElseThrow();
  }

  void delete(UUID backup) throws IOException {
    find(backup).delete(new Progress());
  }

  /// Restores into a new directory.
  Path restore(UUID backup, Path target) throws IOException {
    Files.createDirectories(target);
    restoreInto(backup, target);
    return target;
  }

  void restoreInto(UUID backup, Path target) throws IOException {
    find(backup)
        .restore(
            new Restoration(
                SERVER,
                target,
                target.toString(),
                filter,
                Optional.empty(),
                Pace.free(),
                new Progress(),
                _ -> {},
                troubles::add));
  }

  List<String> troubles() {
    return troubles;
  }

  /// Names of all chunk files.
  Set<String> chunkFiles() throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.walk(root().resolve("chunks"))) {
      files
          .filter(Files::isRegularFile)
          .map(root().resolve("chunks")::relativize)
          .map(Path::toString)
          .filter(name -> !name.startsWith("index"))
          .forEach(found::add);
    }
    return found;
  }
}
