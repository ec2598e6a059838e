package dev.wings.backup.ddup;

import dev.wings.backup.driver.Creation;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.operation.Progress;
import dev.wings.fs.archive.tree.ArchiveFileSystem;
import dev.wings.fs.archive.write.ArchiveReport;
import dev.wings.fs.archive.write.ArchiveSource;
import dev.wings.fs.archive.write.Entry;
import dev.wings.fs.archive.write.Findings;
import dev.wings.fs.archive.write.Measurement;
import dev.wings.fs.archive.write.OpenFile;
import dev.wings.fs.archive.write.SourceTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes one archive (`backups.md` 17). The calling thread walks the tree, others read, cut and
/// store its files.
final class DdupCreation {
  static final String CHECKSUM_TYPE = "ddup-sha1";

  private static final byte[] REPOSITORY = Repository.NAME.getBytes(StandardCharsets.US_ASCII);
  private static final int IMPLIED_MODE = 0755;

  private static final Logger log = LoggerFactory.getLogger(DdupCreation.class);

  private final Repository repository;
  private final Creation creation;
  private final Compression compression;
  private final int threads;
  private final Findings findings = new Findings();
  private final LongAdder size = new LongAdder();
  private final List<Level> levels = new ArrayList<>(); // from the root down to the last directory
  private long links;
  private long files;
  private long entries;
  private byte @Nullable [] skipped; // a repository inside the tree

  /// @param path relative to the root of the tree, with a slash at the end but for the root
  @SuppressWarnings("ArrayRecordComponent") // compared by hand
  private record Level(byte[] path, int number) {}

  DdupCreation(Repository repository, Creation creation, Compression compression, int threads) {
    this.repository = repository;
    this.creation = creation;
    this.compression = compression;
    this.threads = threads;
  }

  BackupResult run() throws IOException {
    Compressor.check(compression);
    Progress progress = creation.progress();
    Path archive = repository.archive(creation.backup());
    Path part = repository.part(creation.backup());
    ArchiveSource source =
        ArchiveSource.of(creation.root()).hiding(creation.filter(), creation.root());
    try (Measurement _ = Measurement.start(source, progress);
        Repository.Session session = repository.begin(LockFile.Mode.ADDING, progress)) {
      if (Files.exists(archive, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileAlreadyExistsException(archive.toString());
      }
      boolean done = false;
      try (ArchiveOutput output = new ArchiveOutput(part);
          EntrySpool spool = new EntrySpool(repository.scratch())) {
        store(source, session, output, spool);
        output.table(session.lengths());
        output.finish(spool);
        session.commit(part, archive, progress);
        done = true;
        report();
        return result(output.checksum());
      } finally {
        if (!done) {
          Files.deleteIfExists(part);
        }
      }
    }
  }

  private BackupResult result(String checksum) {
    boolean browsable = entries < ArchiveFileSystem.MOST_ENTRIES;
    return new BackupResult(
        CHECKSUM_TYPE,
        checksum,
        size.sum(),
        files + links,
        browsable,
        /* streaming= */ true,
        List.of());
  }

  private void report() {
    ArchiveReport report = findings.report(entries, 0);
    if (report.troubles() > 0) {
      log.atInfo()
          .addKeyValue("server", creation.server())
          .addKeyValue("backup", creation.backup())
          .addKeyValue("entries", report.troubles())
          .addKeyValue("first", report.findings().getFirst())
          .log("files changed while they were backed up");
    }
  }

  private void store(
      ArchiveSource source, Repository.Session session, ArchiveOutput output, EntrySpool spool)
      throws IOException {
    levels.add(new Level(new byte[0], 0));
    try (Workers<FileStore> workers =
            new Workers<>(threads, () -> fileStore(session, output), creation.progress());
        Lazy own = new Lazy(session, output)) {
      SourceTree.of(source)
          .walk(
              SourceTree.Depth.CONTENTS,
              entry -> add(entry, spool, workers, own),
              findings,
              creation.progress());
      workers.finish();
    }
  }

  private FileStore fileStore(Repository.Session session, ArchiveOutput output) {
    return new FileStore(
        session, output, compression, creation.pace(), creation.progress(), findings);
  }

  /// For files that only the walking thread can read; most trees have none.
  private final class Lazy implements AutoCloseable {
    private final Repository.Session session;
    private final ArchiveOutput output;
    private @Nullable FileStore store;

    Lazy(Repository.Session session, ArchiveOutput output) {
      this.session = session;
      this.output = output;
    }

    FileStore get() {
      FileStore found = store;
      if (found == null) {
        found = fileStore(session, output);
        store = found;
      }
      return found;
    }

    @Override
    public void close() {
      if (store != null) {
        store.close();
      }
    }
  }

  private void add(Entry entry, EntrySpool spool, Workers<FileStore> workers, Lazy own)
      throws IOException {
    if (insideSkipped(entry)) {
      return;
    }
    byte[] path = entry.name();
    int slash = lastSlash(path);
    int parent = directory(path, slash, entry.modified(), spool);
    byte[] name = Arrays.copyOfRange(path, slash + 1, path.length);
    long modified = Math.max(0, entry.modified().getEpochSecond());
    var head = new EntrySpool.Head(parent, name, entry.mode(), modified);
    Progress progress = creation.progress();
    entries++;
    switch (entry.kind()) {
      case DIRECTORY -> {
        open(path, spool.directory(head));
        progress.addBytes(entry.size());
      }
      case SYMLINK -> {
        spool.link(head, entry.target());
        links++;
        progress.addBytes(entry.size());
        progress.addFile();
      }
      case FILE -> {
        int number = spool.file(head);
        files++;
        OpenFile file = entry.file();
        if (file == null || file.size() == 0) {
          spool.stored(number, 0, ArchiveEntry.Content.EMPTY);
          progress.addFile();
        } else if (file.sequential()) {
          stored(spool, number, own.get().store(file));
        } else {
          workers.submit(new Storing(file.retain(), spool, number));
        }
      }
    }
  }

  private final class Storing implements Workers.Job<FileStore> {
    private final OpenFile file;
    private final EntrySpool spool;
    private final int number;

    Storing(OpenFile file, EntrySpool spool, int number) {
      this.file = file;
      this.spool = spool;
      this.number = number;
    }

    @Override
    public void run(FileStore store) throws IOException {
      try {
        stored(spool, number, store.store(file));
      } finally {
        file.release();
      }
    }

    @Override
    public void drop() {
      file.release();
    }
  }

  private void stored(EntrySpool spool, int number, FileStore.Stored stored) throws IOException {
    spool.stored(number, stored.size(), stored.content());
    size.add(stored.size());
    creation.progress().addFile();
  }

  /// A repository is never stored in one (`backups.md` A.1).
  private boolean insideSkipped(Entry entry) {
    byte[] path = entry.name();
    if (skipped != null && startsWith(path, skipped)) {
      return true;
    }
    int name = lastSlash(path) + 1;
    if (entry.kind() == Entry.Kind.DIRECTORY
        && Arrays.equals(path, name, path.length, REPOSITORY, 0, REPOSITORY.length)) {
      skipped = withSlash(path, path.length);
      return true;
    }
    return false;
  }

  private static int lastSlash(byte[] path) {
    int at = path.length - 1;
    while (at >= 0 && path[at] != '/') {
      at--;
    }
    return at;
  }

  private static byte[] withSlash(byte[] path, int length) {
    byte[] result = Arrays.copyOf(path, length + 1);
    result[length] = '/';
    return result;
  }

  private static boolean startsWith(byte[] path, byte[] prefix) {
    return path.length > prefix.length
        && Arrays.equals(path, 0, prefix.length, prefix, 0, prefix.length);
  }

  /// Number of the directory that an entry is in. Directories that are hidden but hold something
  /// that is not get an entry as well: the format has no other place for what is in them.
  ///
  /// @param slash where the directory's path ends, -1 for the root
  private int directory(byte[] path, int slash, Instant modified, EntrySpool spool)
      throws IOException {
    while (!startsWith(path, levels.getLast().path())
        || levels.getLast().path().length > slash + 1) {
      levels.removeLast();
    }
    for (int from = levels.getLast().path().length; from <= slash; ) {
      int to = from;
      while (path[to] != '/') {
        to++;
      }
      var head =
          new EntrySpool.Head(
              levels.getLast().number(),
              Arrays.copyOfRange(path, from, to),
              IMPLIED_MODE,
              Math.max(0, modified.getEpochSecond()));
      open(Arrays.copyOf(path, to), spool.directory(head));
      entries++;
      from = to + 1;
    }
    return levels.getLast().number();
  }

  private void open(byte[] path, int number) {
    if (levels.size() >= ArchiveEntry.MOST_DEPTH) {
      throw new WingsException(
          ErrorKind.LIMIT,
          "ddup-bak backups cannot hold more than %d directories in each other"
              .formatted(ArchiveEntry.MOST_DEPTH - 1));
    }
    levels.add(new Level(withSlash(path, path.length), number));
  }
}
