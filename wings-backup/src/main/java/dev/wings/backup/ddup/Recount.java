package dev.wings.backup.ddup;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the index anew from all archives and chunks (`backups.md` A.5), and removes what belongs
/// to nobody. Nobody else writes meanwhile.
///
/// An archive knows its chunks by ids. What those mean is said by the archive itself when it was
/// made here, otherwise by as much of the old index as could be read. As long as there is an
/// archive whose chunks are not all known, no chunk is removed: it could be one of those.
final class Recount {
  private static final Logger log = LoggerFactory.getLogger(Recount.class);

  private final Repository repository;
  private final ChunkIndex old;
  private final ChunkIndex counted;
  private long unknown; // occurrences whose chunk is not known, and archives that cannot be read

  Recount(Repository repository, ChunkIndex old) {
    this.repository = repository;
    this.old = old;
    this.counted = new ChunkIndex(old.chunkBytes(), old.mostChunks());
  }

  /// @return saved already; closed by the caller
  ChunkIndex run(Progress progress) throws IOException {
    boolean done = false;
    try {
      keepIds();
      List<Path> archives = archives();
      for (Path archive : archives) {
        progress.check();
        count(archive, progress);
      }
      forgetUnused();
      repository.steps().next("save the counted index");
      repository.indexFile().save(counted);
      counted.markSaved();
      long removed = removeOrphans(progress);
      if (!archives.isEmpty() || removed > 0) {
        log.atInfo()
            .addKeyValue("archives", archives.size())
            .addKeyValue("chunks", counted.chunks().size())
            .addKeyValue("removed", removed)
            .log("counted the chunks of the ddup-bak repository");
      }
      done = true;
      return counted;
    } finally {
      if (!done) {
        counted.close();
      }
    }
  }

  /// Archives name chunks by ids, so those stay, whatever else was wrong.
  private void keepIds() {
    ChunkTable chunks = old.chunks();
    for (int slot = 0; slot < chunks.slots(); slot++) {
      if (chunks.taken(slot)) {
        counted.chunks().add(chunks.hash(slot), chunks.id(slot), 0);
      }
    }
    counted.nextId(old.nextId());
  }

  /// All archives; files that were never completed are removed.
  private List<Path> archives() throws IOException {
    List<Path> archives = new ArrayList<>();
    for (Path directory : List.of(repository.root(), repository.archives())) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          if (Repository.isPart(file)) {
            Files.deleteIfExists(file);
          } else if (Repository.isArchive(file) && directory.equals(repository.archives())) {
            archives.add(file);
          }
        }
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
    }
    return archives;
  }

  private void count(Path file, Progress progress) throws IOException {
    long before = unknown;
    try (DdupArchive archive = DdupArchive.open(file)) {
      Optional<ChunkTable> table = archive.table();
      try {
        count(archive, table, progress);
      } finally {
        table.ifPresent(ChunkTable::close);
      }
    } catch (DamagedBackupException damaged) {
      unknown++;
      log.atError()
          .addKeyValue("archive", file.getFileName())
          .setCause(damaged)
          .log("a backup is damaged");
    }
    if (unknown != before) {
      log.atWarn()
          .addKeyValue("archive", file.getFileName())
          .log("not all chunks of a backup are known, so none is removed");
    }
  }

  private void count(DdupArchive archive, Optional<ChunkTable> table, Progress progress)
      throws IOException {
    try (DdupArchive.Cursor cursor = archive.cursor()) {
      for (var entry = cursor.next(); entry.isPresent(); entry = cursor.next()) {
        progress.check();
        if (entry.get().type() == ArchiveEntry.Type.FILE) {
          count(archive, entry.get().content(), table);
        }
      }
    }
  }

  private void count(DdupArchive archive, ArchiveEntry.Content list, Optional<ChunkTable> table)
      throws IOException {
    try (DdupArchive.ChunkIds ids = archive.chunks(list)) {
      for (long id = ids.next(); id != 0; id = ids.next()) {
        count(id, table);
      }
    } catch (DamagedBackupException damaged) {
      unknown++;
    }
  }

  private void count(long id, Optional<ChunkTable> table) {
    long chunk = id;
    Optional<ChunkHash> hash = table.flatMap(t -> t.hash(chunk));
    if (hash.isEmpty()) {
      hash = old.chunks().hash(id);
    }
    if (hash.isEmpty()) {
      unknown++;
      counted.nextId(id + 1);
      return;
    }
    ChunkTable chunks = counted.chunks();
    int slot = chunks.find(hash.get());
    if (slot == ChunkTable.NONE) {
      counted.nextId(id + 1);
      if (chunks.find(id) == ChunkTable.NONE) {
        slot = chunks.add(hash.get(), id, 0);
      } else { // the id means something else to others; this archive has a table of its own
        slot = counted.use(hash.get());
        counted.drop(slot);
      }
    }
    chunks.value(slot, chunks.value(slot) + 1);
  }

  private void forgetUnused() {
    ChunkTable chunks = counted.chunks();
    for (int slot = 0; slot < chunks.slots(); slot++) {
      if (chunks.taken(slot) && counted.uses(slot) == 0) {
        if (unknown > 0) {
          chunks.value(slot, 1);
        } else {
          chunks.remove(slot); // its id is not used again: that costs nothing
        }
      }
    }
  }

  private long removeOrphans(Progress progress) throws IOException {
    repository.steps().next("remove orphans");
    long[] removed = new long[1];
    repository
        .chunks()
        .forEach(
            new Chunks.Visitor() {
              @Override
              public void chunk(ChunkHash hash) throws IOException {
                progress.check();
                if (unknown == 0 && counted.chunks().find(hash) == ChunkTable.NONE) {
                  repository.chunks().remove(hash);
                  removed[0]++;
                }
              }

              @Override
              public void temporary(Path file) throws IOException {
                Files.deleteIfExists(file);
              }
            });
    return removed[0];
  }
}
