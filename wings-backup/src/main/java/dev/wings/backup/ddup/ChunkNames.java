package dev.wings.backup.ddup;

import dev.wings.backup.driver.DamagedBackupException;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/// Which chunks the ids of one archive stand for. Safe for use by many threads, as nothing is ever
/// changed.
final class ChunkNames implements AutoCloseable {
  private final ChunkTable table;
  private final boolean lengths;

  private ChunkNames(ChunkTable table, boolean lengths) {
    this.table = table;
    this.lengths = lengths;
  }

  /// Takes the archive's own table, or the index of the repository.
  ///
  /// @return closed by the caller
  static ChunkNames of(DdupArchive archive, Repository repository) throws IOException {
    Optional<ChunkTable> own = archive.table();
    return own.isPresent()
        ? new ChunkNames(own.get(), /* lengths= */ true)
        : new ChunkNames(
            repository
                .indexFile()
                .load()
                .map(loaded -> loaded.index().chunks())
                .orElseGet(ChunkTable::new),
            /* lengths= */ false);
  }

  /// Chunks have numbers below this, see [#slot].
  int slots() {
    return table.slots();
  }

  /// @throws DamagedBackupException when nobody knows the id
  int slot(long id) throws DamagedBackupException {
    int slot = table.find(id);
    if (slot == ChunkTable.NONE) {
      throw new DamagedBackupException("chunk number " + id + " is not known to the repository");
    }
    return slot;
  }

  ChunkHash hash(int slot) {
    return table.hash(slot);
  }

  /// Bytes of a chunk, when they are known before it is read.
  OptionalInt length(int slot) {
    return lengths ? OptionalInt.of((int) table.value(slot)) : OptionalInt.empty();
  }

  @Override
  public void close() {
    table.close();
  }
}
