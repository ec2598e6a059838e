package dev.wings.backup.ddup;

import dev.wings.backup.driver.DamagedBackupException;
import dev.wings.backup.driver.Verification;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Reads all of a backup. Chunks that occur several times are read once.
final class DdupVerify {
  private static final int UNREAD = 0;
  private static final int DAMAGED = -1;

  private final DdupArchive archive;
  private final ChunkNames names;
  private final ChunkReader reader;
  private final Progress progress;
  private final int[] lengths; // of chunks by slot, plus one
  private final List<String> faults = new ArrayList<>();
  private final List<String> levels = new ArrayList<>(List.of(""));
  private long files;
  private long bytes;

  DdupVerify(DdupArchive archive, ChunkNames names, Chunks chunks, Progress progress) {
    this.archive = archive;
    this.names = names;
    this.reader = new ChunkReader(chunks);
    this.progress = progress;
    this.lengths = new int[names.slots()];
  }

  /// @param before what was found before
  Verification run(List<String> before) throws IOException {
    before.forEach(this::fault);
    try {
      progress.expect(Scan.size(archive, progress));
      Scan.entries(archive, progress, this::entry);
    } catch (DamagedBackupException damaged) {
      fault(String.valueOf(damaged.getMessage()));
    }
    return new Verification(files, bytes, faults);
  }

  private void fault(String fault) {
    if (faults.size() < Verification.MAX_FAULTS) {
      faults.add(fault);
    }
  }

  private void entry(ArchiveEntry entry) throws IOException {
    while (levels.size() > entry.depth()) {
      levels.removeLast();
    }
    String path = levels.getLast() + entry.text();
    if (entry.directory()) {
      levels.add(path + "/");
    } else if (entry.type() == ArchiveEntry.Type.FILE) {
      try {
        file(entry);
      } catch (DamagedBackupException damaged) {
        fault(path + ": " + damaged.getMessage());
      }
    }
    progress.addFile();
  }

  private void file(ArchiveEntry entry) throws IOException {
    long size = 0;
    try (DdupArchive.ChunkIds ids = archive.chunks(entry.content())) {
      for (long id = ids.next(); id != 0; id = ids.next()) {
        progress.check();
        size += length(names.slot(id));
      }
    }
    files++;
    bytes += size;
    progress.addBytes(size);
    if (size != entry.size()) {
      throw new DamagedBackupException(
          "its chunks have %d bytes (expected: %d)".formatted(size, entry.size()));
    }
  }

  private int length(int slot) throws IOException {
    if (lengths[slot] == UNREAD) {
      lengths[slot] = DAMAGED;
      lengths[slot] = reader.read(names.hash(slot)) + 1;
    }
    if (lengths[slot] == DAMAGED) {
      throw new DamagedBackupException("chunk " + names.hash(slot) + " is damaged");
    }
    return lengths[slot] - 1;
  }
}
