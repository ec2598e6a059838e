package dev.wings.backup.catalog;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.fs.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The backups of this node that this daemon has made, and the restores that are under way: one
/// small file each below `<backup directory>/.catalog/`, replaced as a whole and synced, so that
/// after a crash at any instant each holds its old or its new content.
///
/// A file that is damaged, of a later version or no file at all is set aside, and the copy before
/// it counts as far as the drivers confirm it ([CatalogEntry#doubtful]); without such a copy the
/// backup is one of those that only its driver knows, like the backups of earlier daemons. The
/// catalog never keeps the daemon from starting (`threats.md` ST-01). Names of files are made of
/// canonical UUIDs only (BK-01). Safe for use by many threads.
public final class Catalog {
  private static final String DIRECTORY = ".catalog";
  private static final String SUFFIX = ".json";
  private static final String RESTORE_PREFIX = "restore-";

  private static final Logger log = LoggerFactory.getLogger(Catalog.class);

  private final Path directory;
  private final ReentrantLock lock = new ReentrantLock(); // of writing
  private final Map<UUID, CatalogEntry> backups = new ConcurrentHashMap<>();
  private final Map<UUID, RestoreEntry> restores = new ConcurrentHashMap<>();
  private boolean lostRestores;

  private Catalog(Path directory) {
    this.directory = directory;
  }

  /// Reads what is there. Never fails: what cannot be read is logged and left out.
  ///
  /// @param backupDirectory made when it is missing, for the owner alone
  public static Catalog open(Path backupDirectory) {
    Catalog catalog =
        new Catalog(requireNonNull(backupDirectory, "backupDirectory").resolve(DIRECTORY));
    try {
      catalog.prepare();
      catalog.load();
    } catch (IOException unreadable) {
      log.atError()
          .addKeyValue("directory", catalog.directory)
          .setCause(unreadable)
          .log("the catalog of backups cannot be read");
    }
    return catalog;
  }

  private void prepare() throws IOException {
    Path parent = requireNonNull(directory.getParent());
    if (!Files.isDirectory(parent)) {
      Files.createDirectories(
          parent,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)
        && !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      Path aside = CheckedFile.free(directory.resolveSibling(DIRECTORY + CheckedFile.DAMAGED));
      Files.move(directory, aside);
      log.atWarn().addKeyValue("keptAs", aside).log("a file was where the catalog belongs");
    }
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  private void load() throws IOException {
    Set<String> stems = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (name.startsWith(Sandbox.STAGING_PREFIX)) {
          Files.deleteIfExists(file); // of a write that a crash has cut short
        } else if (name.endsWith(SUFFIX)) {
          stems.add(name.substring(0, name.length() - SUFFIX.length()));
        } else if (name.endsWith(SUFFIX + CheckedFile.PREVIOUS)) {
          stems.add(name.substring(0, name.length() - (SUFFIX + CheckedFile.PREVIOUS).length()));
        }
      }
    }
    stems.forEach(this::load);
  }

  private void load(String stem) {
    boolean restore = stem.startsWith(RESTORE_PREFIX);
    Optional<UUID> id = canonical(restore ? stem.substring(RESTORE_PREFIX.length()) : stem);
    if (id.isEmpty()) {
      log.atDebug().addKeyValue("name", stem).log("a foreign file is among the backups' entries");
      return;
    }
    Optional<CheckedFile.Content> content = file(stem).read();
    try {
      if (content.isPresent()) {
        take(id.get(), restore, content.get());
      } else if (restore) {
        lostRestores = true;
      }
    } catch (IOException strange) {
      log.atWarn()
          .addKeyValue("name", stem)
          .setCause(strange)
          .log("an entry of the catalog of backups cannot be understood");
      lostRestores |= restore;
    }
  }

  private void take(UUID id, boolean restore, CheckedFile.Content content) throws IOException {
    JsonNode document = content.document();
    if (restore) {
      RestoreEntry entry = EntryCodec.restore(document);
      if (entry.server().equals(id)) {
        restores.put(id, entry);
      }
      return;
    }
    CatalogEntry entry = EntryCodec.backup(document);
    if (entry.backup().equals(id)) {
      backups.put(id, content.previous() ? entry.inDoubt() : entry);
    }
  }

  /// The id that a name is made of, if it is exactly one.
  public static Optional<UUID> canonical(String text) {
    try {
      UUID id = UUID.fromString(text);
      return id.toString().equals(text) ? Optional.of(id) : Optional.empty();
    } catch (IllegalArgumentException other) {
      return Optional.empty();
    }
  }

  public Optional<CatalogEntry> find(UUID backup) {
    return Optional.ofNullable(backups.get(backup));
  }

  /// A snapshot, in no order.
  public List<CatalogEntry> all() {
    return List.copyOf(backups.values());
  }

  /// Those of one server.
  public List<CatalogEntry> of(UUID server) {
    return backups.values().stream().filter(entry -> entry.server().equals(server)).toList();
  }

  /// Writes an entry; on the disk when this returns.
  public void put(CatalogEntry entry) throws IOException {
    lock.lock();
    try {
      prepare();
      file(entry.backup().toString()).write(EntryCodec.write(entry));
      backups.put(entry.backup(), entry);
    } finally {
      lock.unlock();
    }
  }

  /// Changes an entry if there is one, with nobody in between.
  ///
  /// @param change returns the same entry to leave it as it is
  public void update(UUID backup, UnaryOperator<CatalogEntry> change) throws IOException {
    lock.lock();
    try {
      CatalogEntry current = backups.get(backup);
      if (current != null) {
        CatalogEntry changed = change.apply(current);
        if (!changed.equals(current)) {
          put(changed);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// Forgets a backup. Idempotent.
  public void remove(UUID backup) throws IOException {
    lock.lock();
    try {
      if (backups.containsKey(backup)) {
        file(backup.toString()).remove();
        backups.remove(backup);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Restores that have begun and not ended.
  public List<RestoreEntry> restores() {
    return List.copyOf(restores.values());
  }

  /// Whether a restore may be under way that is not among [#restores], because its entry is
  /// damaged. Its staging directory tells then.
  public boolean lostRestores() {
    return lostRestores;
  }

  /// Notes a restore; on the disk when this returns.
  public void put(RestoreEntry entry) throws IOException {
    lock.lock();
    try {
      prepare();
      file(RESTORE_PREFIX + entry.server()).write(EntryCodec.write(entry));
      restores.put(entry.server(), entry);
    } finally {
      lock.unlock();
    }
  }

  /// Forgets the restore of a server, whichever way it has ended. Idempotent.
  public void removeRestore(UUID server) throws IOException {
    lock.lock();
    try {
      if (restores.containsKey(server)) {
        file(RESTORE_PREFIX + server).remove();
        restores.remove(server);
      }
    } finally {
      lock.unlock();
    }
  }

  private CheckedFile file(String stem) {
    return new CheckedFile(directory.resolve(stem + SUFFIX));
  }
}
