package dev.wings.fs.sqlite;

import static java.util.Objects.requireNonNull;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.fs.linux.Confinement;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.volume.Volume;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs batches of SQL on databases among the files of servers (`filesystem.md` 22), each in a
/// process that is confined to the volume. One batch of a server runs at a time, and few on the
/// node; others wait.
public final class SqliteQueries {
  /// Longest batch in bytes of UTF-8.
  public static final int MAX_BATCH_BYTES = 65_535;

  /// Most rows of one statement.
  public static final int MAX_ROWS = 1000;

  private static final Logger log = LoggerFactory.getLogger(SqliteQueries.class);
  private static final int MAX_RUNNING = 2;
  private static final long MEMORY_BYTES = 128L << 20;
  private static final Duration DEADLINE = Duration.ofSeconds(15);

  /// How much longer a process may take to start, and to tidy up a database it is done with.
  private static final Duration GRACE = Duration.ofSeconds(10);

  /// What SQLite keeps beside a database.
  private static final List<String> COMPANIONS = List.of("", "-wal", "-journal", "-shm");

  private final QueryLauncher launcher;
  private final Duration deadline;
  private final Set<Volume> running = new HashSet<>();
  private final ReentrantLock turns = new ReentrantLock();
  private final Condition ended = turns.newCondition();

  /// @param temporary a directory of the daemon's own, for the driver's native library
  public SqliteQueries(Path temporary) {
    this(temporary, DEADLINE);
  }

  SqliteQueries(Path temporary, Duration deadline) {
    this.launcher = new QueryLauncher(temporary);
    this.deadline = deadline;
  }

  /// A batch of statements.
  ///
  /// @param batch 1 to [#MAX_BATCH_BYTES] bytes
  /// @param readOnly whether nothing can be changed
  /// @param rows most rows of one statement, brought into the range 1 to [#MAX_ROWS]
  public record Query(String batch, boolean readOnly, int rows) {
    public Query {
      requireNonNull(batch, "batch");
      rows = Math.clamp(rows, 1, MAX_ROWS);
      // no character is more than three bytes: most batches need no counting
      if (batch.isEmpty()
          || batch.length() > MAX_BATCH_BYTES
          || batch.getBytes(StandardCharsets.UTF_8).length > MAX_BATCH_BYTES) {
        throw WingsException.invalid("query length is invalid");
      }
    }
  }

  /// Runs a batch; blocks until it has ended, at most half a minute.
  ///
  /// @param file in the volume; links are followed as long as they stay inside
  /// @return one result for each statement
  /// @throws NoSuchFileException when there is no regular file
  /// @throws QueryException when SQLite refuses a statement, or the time is over
  /// @throws WingsException kind OUT_OF_SPACE when the volume is full and the batch may write,
  ///   LIMIT when the batches before take too long, UNSUPPORTED when this daemon cannot confine a
  ///   process
  public List<QueryResultSet> run(Volume volume, Path file, Query query)
      throws IOException, InterruptedException, QueryException {
    if (query.batch().indexOf('\0') >= 0) {
      throw new QueryException(QueryException.Reason.REFUSED, "unrecognized token: \"\\0\"");
    }
    if (!query.readOnly() && volume.full()) {
      throw new WingsException(ErrorKind.OUT_OF_SPACE, "failed to allocate space");
    }
    takeTurn(volume);
    try {
      return runAlone(volume, file, query);
    } finally {
      endTurn(volume);
    }
  }

  private void takeTurn(Volume volume) throws InterruptedException {
    long left = deadline.toNanos();
    turns.lockInterruptibly();
    try {
      while (running.contains(volume) || running.size() >= MAX_RUNNING) {
        if (left <= 0) {
          throw new WingsException(ErrorKind.LIMIT, "too many queries are running");
        }
        left = ended.awaitNanos(left);
      }
      running.add(volume);
    } finally {
      turns.unlock();
    }
  }

  private void endTurn(Volume volume) {
    turns.lock();
    try {
      running.remove(volume);
      ended.signalAll();
    } finally {
      turns.unlock();
    }
  }

  private List<QueryResultSet> runAlone(Volume volume, Path file, Query query)
      throws IOException, InterruptedException, QueryException {
    Sandbox sandbox = volume.sandbox();
    Path real = file.toRealPath();
    Sizes before = Sizes.of(sandbox, real);
    try (Descriptor root = sandbox.openRoot();
        Descriptor database = sandbox.openFile(real)) {
      FileStatus status = Linux.statx(database);
      byte[] below = below(Linux.path(root), Linux.path(database), real);
      QueryRequest request =
          new QueryRequest(
              Confinement.pathForOtherProcess(root),
              below,
              status.device(),
              status.inode(),
              query.readOnly(),
              maxFileBytes(volume, before),
              query.rows(),
              MEMORY_BYTES,
              deadline.toMillis(),
              query.batch());
      try {
        return results(ask(request), real);
      } finally {
        Sizes after = Sizes.of(sandbox, real);
        volume.changed(
            directory(below),
            after.logical() - before.logical(),
            after.allocated() - before.allocated());
      }
    } catch (LinuxException failure) {
      throw failure.forFile(real.toString());
    }
  }

  private static byte[] directory(byte[] file) {
    int end = file.length - 1;
    while (end >= 0 && file[end] != '/') {
      end--;
    }
    return Arrays.copyOf(file, Math.max(0, end));
  }

  /// @param largest size of the largest file
  /// @param logical sizes of all
  /// @param allocated bytes that all take on the disk
  private record Sizes(long largest, long logical, long allocated) {
    static Sizes of(Sandbox sandbox, Path database) throws IOException {
      long largest = 0;
      long logical = 0;
      long allocated = 0;
      for (String companion : COMPANIONS) {
        Path file = database.resolveSibling(database.getFileName() + companion);
        try (Descriptor open = sandbox.openFile(file)) {
          FileStatus status = Linux.statx(open);
          largest = Math.max(largest, status.size());
          logical += status.size();
          allocated += status.allocatedBytes();
        } catch (NoSuchFileException absent) {
          log.atTrace().setCause(absent).log("takes nothing");
        } catch (LinuxException failure) {
          throw failure.forFile(file.toString());
        }
      }
      return new Sizes(largest, logical, allocated);
    }
  }

  /// The kernel refuses what would make a file larger than everything that is free.
  private static long maxFileBytes(Volume volume, Sizes sizes) {
    long limit = volume.limitBytes();
    return limit == 0 ? -1 : sizes.largest() + Math.max(0, limit - volume.usedBytes());
  }

  private static byte[] below(byte[] root, byte[] file, Path asked) throws NoSuchFileException {
    if (file.length <= root.length + 1
        || !Arrays.equals(root, 0, root.length, file, 0, root.length)) {
      throw new NoSuchFileException(asked.toString()); // moved out meanwhile
    }
    return Arrays.copyOfRange(file, root.length + 1, file.length);
  }

  private QueryAnswer ask(QueryRequest request)
      throws IOException, InterruptedException, QueryException {
    Process process = launcher.start();
    AtomicBoolean late = new AtomicBoolean();
    Thread limit =
        Thread.ofVirtual()
            .name("query-limit")
            .start(() -> endLate(process, deadline.plus(GRACE), late));
    try (DataOutputStream out = new DataOutputStream(process.getOutputStream());
        DataInputStream in = new DataInputStream(process.getInputStream())) {
      request.writeTo(out);
      return QueryAnswer.readFrom(new DataInputStream(new java.io.BufferedInputStream(in)));
    } catch (IOException broken) {
      throw ended(process, late.get(), broken);
    } finally {
      process.destroyForcibly();
      limit.interrupt();
    }
  }

  private static void endLate(Process process, Duration after, AtomicBoolean late) {
    try {
      if (!process.waitFor(after.toMillis(), TimeUnit.MILLISECONDS)) {
        late.set(true);
        process.destroyForcibly();
      }
    } catch (InterruptedException done) {
      Thread.currentThread().interrupt();
    }
  }

  /// The process has ended without an answer: it was too late, or the database made it crash.
  private static QueryException ended(Process process, boolean late, IOException broken)
      throws InterruptedException {
    if (late) {
      return new QueryException(QueryException.Reason.TIMEOUT, "interrupted");
    }
    process.destroyForcibly();
    log.atWarn()
        .addKeyValue("exit", process.waitFor())
        .setCause(broken instanceof EOFException ? null : broken)
        .log("the process of a database query ended without an answer");
    return new QueryException(
        QueryException.Reason.REFUSED, "the query took too much memory, or the file is damaged");
  }

  private static List<QueryResultSet> results(QueryAnswer answer, Path file)
      throws QueryException, NoSuchFileException {
    return switch (answer) {
      case QueryAnswer.Results results -> results.sets();
      case QueryAnswer.Refused refused ->
          throw new QueryException(QueryException.Reason.REFUSED, refused.message());
      case QueryAnswer.TimedOut timedOut ->
          throw new QueryException(QueryException.Reason.TIMEOUT, timedOut.message());
      case QueryAnswer.Missing _ -> throw new NoSuchFileException(file.toString());
      case QueryAnswer.Unconfined unconfined -> {
        log.atWarn()
            .addKeyValue("reason", unconfined.message())
            .log("database queries need the rights to change the root directory and the user");
        throw new WingsException(
            ErrorKind.UNSUPPORTED, "database queries are not possible on this node");
      }
    };
  }
}
