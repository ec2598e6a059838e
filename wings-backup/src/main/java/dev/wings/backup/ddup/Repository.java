package dev.wings.backup.ddup;

import dev.wings.backup.ddup.LockFile.Found;
import dev.wings.backup.ddup.LockFile.Mode;
import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.AtomicFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A ddup-bak repository (`backups.md` 17, A). Safe for use by many threads, which may write at the
/// same time: they share one index in memory, and the first of them takes the lock that keeps other
/// processes away, the last gives it back.
///
/// What is on the disk keeps two promises at every moment, so that nothing a process does or leaves
/// undone when it is killed can cost a chunk that some archive needs:
///
/// - the index has each chunk of each archive, and counts it at least as often as it is used;
/// - the file of each chunk in the index exists.
///
/// Adding: chunks, then the index, then the archive gets its name. Removing: the archive, then the
/// index, then chunks. What a killed process leaves is therefore only too much: chunks that the
/// index does not know, and counts that are too high. The lock names a writer that is dead then,
/// and whoever takes it over counts all archives again ([Recount]) before anything else. The same
/// is done when a mark says so, because the disk had no room for a new index, and when the index is
/// not the one that was written here.
final class Repository {
  static final String NAME = ".ddup-bak";

  private static final String ARCHIVE_SUFFIX = ".ddup";
  private static final String PART_SUFFIX = ".part";
  private static final long PATIENCE_MILLIS = 50;
  private static final int SWEPT_AT_A_TIME = 64;

  private static final Logger log = LoggerFactory.getLogger(Repository.class);

  private final Path root;
  private final Path archives;
  private final Chunks chunks;
  private final Path mark;
  private final IndexFile indexFile;
  private final LockFile lockFile;
  private final Steps steps;

  private final ReentrantLock gate = new ReentrantLock();
  private @Nullable Writing writing; // guarded by gate

  /// Called before each step that changes something on the disk; tests look at it there.
  @FunctionalInterface
  interface Steps {
    Steps UNWATCHED = _ -> {};

    void next(String step) throws IOException;
  }

  /// What all who write now have in common.
  private static final class Writing {
    private final ChunkIndex index;
    private final ReentrantLock lock = new ReentrantLock(); // guards the index
    private int adding; // guarded by gate, as the rest
    private int removing;
    private long saves; // guarded by lock
    private boolean unsaved; // guarded by lock

    Writing(ChunkIndex index) {
      this.index = index;
    }
  }

  /// @param root need not exist
  Repository(Path root, LockFile.Processes processes, Steps steps) {
    Path chunkDirectory = root.resolve("chunks");
    this.root = root;
    this.archives = root.resolve("archives");
    this.chunks = new Chunks(chunkDirectory);
    this.mark = chunkDirectory.resolve("index.wings-recount");
    this.indexFile = new IndexFile(chunkDirectory);
    this.lockFile = new LockFile(chunkDirectory.resolve("index.lock"), processes);
    this.steps = steps;
  }

  Path root() {
    return root;
  }

  Path archives() {
    return archives;
  }

  Chunks chunks() {
    return chunks;
  }

  IndexFile indexFile() {
    return indexFile;
  }

  Steps steps() {
    return steps;
  }

  boolean exists() {
    return Files.isDirectory(root);
  }

  /// Where a complete archive is.
  Path archive(UUID backup) {
    return archives.resolve(backup + ARCHIVE_SUFFIX);
  }

  /// Where it is before that.
  Path part(UUID backup) {
    return archives.resolve(backup + ARCHIVE_SUFFIX + PART_SUFFIX);
  }

  static boolean isArchive(Path file) {
    return String.valueOf(file.getFileName()).endsWith(ARCHIVE_SUFFIX);
  }

  static boolean isPart(Path file) {
    return String.valueOf(file.getFileName()).endsWith(PART_SUFFIX);
  }

  /// A name for a file that is about to lose its name.
  Path scratch() {
    return root.resolve(UUID.randomUUID() + PART_SUFFIX);
  }

  /// Begins to write, after whatever is wrong with the repository has been put right.
  ///
  /// @return closed by the caller
  /// @throws OperationAbortedException when the work was asked to end while it waited
  Session begin(Mode mode, Progress progress) throws IOException {
    enter(progress);
    try {
      Writing now = writing;
      if (now == null) {
        now = open(mode, progress);
        writing = now;
      } else if (mode == Mode.DESTRUCTIVE && now.removing == 0) {
        lockFile.switchTo(mode);
      }
      if (mode == Mode.ADDING) {
        now.adding++;
      } else {
        now.removing++;
      }
      return new Session(now, mode);
    } finally {
      gate.unlock();
    }
  }

  private void enter(Progress progress) {
    try {
      while (!gate.tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        progress.check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }

  private Writing open(Mode mode, Progress progress) throws IOException {
    var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(root, owner);
    Files.createDirectories(archives, owner);
    Files.createDirectories(chunks.directory(), owner);
    Found found = lockFile.acquire(mode, progress);
    if (found == Found.DEAD_WRITER) {
      setMark();
    }
    boolean done = false;
    try {
      Writing result = new Writing(index(progress));
      done = true;
      return result;
    } finally {
      if (!done) {
        lockFile.release();
      }
    }
  }

  private ChunkIndex index(Progress progress) throws IOException {
    Optional<IndexFile.Loaded> loaded = indexFile.load();
    if (loaded.isPresent() && loaded.get().trusted() && !Files.exists(mark)) {
      return loaded.get().index();
    }
    if (loaded.isPresent() && loaded.get().fault() != null) {
      log.atError()
          .addKeyValue("repository", root)
          .addKeyValue("chunks", loaded.get().index().chunks().size())
          .setCause(loaded.get().fault())
          .log("the index is damaged, what it has said is taken from the archives");
    }
    try (ChunkIndex old = loaded.map(IndexFile.Loaded::index).orElseGet(ChunkIndex::fresh)) {
      ChunkIndex counted = new Recount(this, old).run(progress);
      Files.deleteIfExists(mark);
      return counted;
    }
  }

  private void setMark() throws IOException {
    Files.write(mark, new byte[0]);
    AtomicFiles.syncDirectory(chunks.directory());
  }

  /// Puts right what a process has left that was killed, if there is any.
  void recover() throws IOException {
    if (exists() && (Files.exists(mark) || lockFile.abandoned())) {
      begin(Mode.DESTRUCTIVE, new Progress()).close();
    }
  }

  /// One piece of work that writes. Adding may be done by several threads.
  final class Session implements AutoCloseable {
    private final Writing shared;
    private final Mode mode;
    private final long savesBefore;
    private final IdList taken = new IdList(); // guarded by itself
    private final ChunkTable lengths = new ChunkTable(); // guarded by taken
    private boolean committed;
    private boolean closed;

    private Session(Writing shared, Mode mode) {
      this.shared = shared;
      this.mode = mode;
      shared.lock.lock();
      try {
        this.savesBefore = shared.saves;
      } finally {
        shared.lock.unlock();
      }
    }

    /// Counts an occurrence of a chunk, and writes it when it is not there.
    ///
    /// @return its id
    long store(ChunkHash hash, int length, ChunkWriter writer) throws IOException {
      boolean known;
      long id;
      shared.lock.lock();
      try {
        known = shared.index.chunks().find(hash) != ChunkTable.NONE;
        id = shared.index.chunks().id(shared.index.use(hash));
      } finally {
        shared.lock.unlock();
      }
      synchronized (taken) {
        taken.add(id);
        if (lengths.find(id) == ChunkTable.NONE) {
          lengths.add(hash, id, length);
        }
      }
      if (!known || !chunks.exists(hash)) {
        steps.next("write a chunk");
        writer.write(chunks, hash);
      }
      return id;
    }

    /// Lengths of all chunks that were stored, by hash and id. No other thread stores any more.
    ChunkTable lengths() {
      return lengths;
    }

    /// Makes an archive of chunks that were stored visible.
    void commit(Path part, Path archive, Progress progress) throws IOException {
      steps.next("sync chunks");
      chunks.sync();
      progress.check();
      shared.lock.lock();
      try {
        shared.unsaved = true;
        save();
      } finally {
        shared.lock.unlock();
      }
      progress.check();
      steps.next("name the archive");
      if (Files.exists(archive, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileAlreadyExistsException(archive.toString());
      }
      Files.move(part, archive);
      committed = true;
      steps.next("sync archives");
      AtomicFiles.syncDirectory(archives);
    }

    private void save() throws IOException {
      steps.next("save the index");
      indexFile.save(shared.index);
      shared.index.markSaved();
      shared.saves++;
      shared.unsaved = false;
    }

    /// Removes an archive and the chunks that no other uses.
    ///
    /// @param table of the archive's chunks, when it has one
    /// @param complete whether `ids` are all of them; otherwise all archives are counted again next
    ///   time
    void remove(Path archive, IdList ids, Optional<ChunkTable> table, boolean complete)
        throws IOException {
      steps.next("remove the archive");
      Files.deleteIfExists(archive);
      AtomicFiles.syncDirectory(archives);
      steps.next("drop chunks");
      boolean[] sound = {complete};
      shared.lock.lock();
      try {
        shared.unsaved = true;
        ids.forEach(id -> sound[0] &= drop(id, table));
      } finally {
        shared.lock.unlock();
      }
      if (!sound[0]) {
        setMark();
      }
      saveAndSweep();
    }

    private boolean drop(long id, Optional<ChunkTable> table) {
      Optional<ChunkHash> hash = table.flatMap(t -> t.hash(id));
      int slot =
          hash.isPresent()
              ? shared.index.chunks().find(hash.get())
              : shared.index.chunks().find(id);
      return slot != ChunkTable.NONE && shared.index.drop(slot);
    }

    private void saveAndSweep() throws IOException {
      try {
        shared.lock.lock();
        try {
          save();
        } finally {
          shared.lock.unlock();
        }
        sweep(/* evenSaved= */ false);
      } catch (IOException full) {
        // no room for an index: give room first, and see to it that the old one is not believed
        setMark();
        sweep(/* evenSaved= */ true);
        shared.lock.lock();
        try {
          save();
        } finally {
          shared.lock.unlock();
        }
        log.atWarn()
            .setCause(full)
            .log("the index could be written only after chunks were removed");
      }
    }

    /// Removes chunks that nothing uses, a few at a time, so that others can go on.
    private void sweep(boolean evenSaved) throws IOException {
      steps.next("remove chunks");
      for (int slot = 0; ; ) {
        shared.lock.lock();
        try {
          int slots = shared.index.chunks().slots();
          if (slot >= slots) {
            return;
          }
          for (int removed = 0; slot < slots && removed < SWEPT_AT_A_TIME; slot++) {
            if (shared.index.chunks().taken(slot)
                && shared.index.uses(slot) == 0
                && (evenSaved || !shared.index.saved(slot))) {
              chunks.remove(shared.index.chunks().hash(slot));
              shared.index.remove(slot);
              removed++;
            }
          }
        } finally {
          shared.lock.unlock();
        }
      }
    }

    /// Ends the work. What was stored without [#commit] is given up.
    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      lengths.close();
      try {
        if (mode == Mode.ADDING && !committed) {
          giveUp();
        }
      } finally {
        leave();
      }
    }

    private void giveUp() throws IOException {
      shared.lock.lock();
      try {
        taken.forEach(id -> shared.index.drop(shared.index.chunks().find(id)));
        shared.unsaved |= shared.saves != savesBefore; // the disk may count what was given up
      } finally {
        shared.lock.unlock();
      }
      sweep(/* evenSaved= */ false);
    }

    private void leave() throws IOException {
      gate.lock();
      try {
        if (mode == Mode.ADDING) {
          shared.adding--;
        } else {
          shared.removing--;
        }
        if (shared.adding + shared.removing > 0) {
          if (mode == Mode.DESTRUCTIVE && shared.removing == 0) {
            lockFile.switchTo(Mode.ADDING);
          }
          return;
        }
        writing = null;
        try (ChunkIndex _ = shared.index) {
          if (shared.unsaved) {
            saveOrMark();
          }
        } finally {
          steps.next("release the lock");
          lockFile.release();
        }
      } finally {
        gate.unlock();
      }
    }

    private void saveOrMark() throws IOException {
      shared.lock.lock();
      try {
        save();
      } catch (IOException unwritable) {
        setMark();
        log.atWarn()
            .addKeyValue("repository", root)
            .setCause(unwritable)
            .log("the index cannot be written, archives are counted again next time");
      } finally {
        shared.lock.unlock();
      }
      sweep(/* evenSaved= */ false);
    }
  }

  /// Writes the file of a chunk.
  @FunctionalInterface
  interface ChunkWriter {
    void write(Chunks chunks, ChunkHash hash) throws IOException;
  }
}
