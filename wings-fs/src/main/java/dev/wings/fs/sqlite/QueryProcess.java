package dev.wings.fs.sqlite;

import dev.wings.fs.linux.Confinement;
import dev.wings.fs.linux.Descriptor;
import dev.wings.fs.linux.Errno;
import dev.wings.fs.linux.FileStatus;
import dev.wings.fs.linux.Linux;
import dev.wings.fs.linux.LinuxException;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/// The process of one query. It reads a [QueryRequest] and, before it touches the database, makes
/// the volume its root, takes the identity of the server's user and limits what it can use.
/// Whatever the database makes of it then, and wherever paths are led to meanwhile, it is the
/// server's own user in the server's own files.
///
/// Uses no library but the driver, because it has only what is on [SqliteQueries]' short class
/// path.
final class QueryProcess {
  private static final String WARM_UP =
      "CREATE TABLE t (a INTEGER, b BLOB); INSERT INTO t VALUES (1, x'00');"
          + " SELECT a, b, NULL, 1.5, 'text' FROM t; SELECT 1;";

  private QueryProcess() {}

  /// @param arguments none
  public static void main(String[] arguments) throws IOException {
    // the only stream that the daemon reads; whatever prints goes elsewhere
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    System.setOut(System.err);
    answer(QueryRequest.readFrom(new DataInputStream(System.in))).writeTo(out);
    Runtime.getRuntime().halt(0); // no hooks: what they would delete is outside by now
  }

  private static QueryAnswer answer(QueryRequest request) {
    try {
      loadEverything();
    } catch (SQLException unusable) {
      return new QueryAnswer.Unconfined(String.valueOf(unusable.getMessage()));
    }
    try (Descriptor root = Linux.open(request.root(), Linux.O_PATH | Linux.oDirectory())) {
      look(root, request); // also, so that the classes for it are there afterwards
      try {
        confine(root, request);
      } catch (LinuxException refused) {
        return new QueryAnswer.Unconfined(String.valueOf(refused.getMessage()));
      }
      return query(root, request);
    } catch (LinuxException gone) {
      return new QueryAnswer.Missing();
    }
  }

  /// Classes and libraries that are not there yet cannot be found later.
  private static void loadEverything() throws SQLException {
    int flags = QueryRun.OPEN_READWRITE | QueryRun.OPEN_CREATE;
    try (QueryRun run = QueryRun.open("file::memory:", flags, /* rows= */ 1);
        Deadline _ = Deadline.start(run, Integer.MAX_VALUE)) {
      new QueryAnswer.Results(run.run(WARM_UP))
          .writeTo(new DataOutputStream(OutputStream.nullOutputStream()));
      try {
        run.run("nonsense");
      } catch (SQLException expected) {
        if (QueryRun.interrupted(expected)) {
          throw expected;
        }
        QueryRun.message(expected);
      }
    } catch (IOException impossible) {
      throw new SQLException(impossible);
    }
  }

  private static void confine(Descriptor root, QueryRequest request) throws LinuxException {
    FileStatus volume = Linux.statx(root);
    Confinement.limitMemoryGrowth(request.memoryBytes());
    Confinement.forbidCoreDumps();
    Confinement.enter(root, volume.uid(), volume.gid());
  }

  private static QueryAnswer query(Descriptor root, QueryRequest request) throws LinuxException {
    look(root, request);
    if (request.maxFileBytes() >= 0) {
      Confinement.limitFileSize(request.maxFileBytes());
    }
    int mode = request.readOnly() ? QueryRun.OPEN_READONLY : QueryRun.OPEN_READWRITE;
    int flags = mode | QueryRun.OPEN_NOFOLLOW;
    try (QueryRun run = QueryRun.open(uri(request.file()), flags, request.rows());
        Deadline _ = Deadline.start(run, request.deadlineMillis())) {
      look(root, request);
      if (!request.readOnly() && request.maxFileBytes() >= 0) {
        run.limitSize(request.maxFileBytes());
      }
      return new QueryAnswer.Results(run.run(request.batch()));
    } catch (SQLException failure) {
      if (!request.readOnly()) {
        rollBack(request, flags, failure);
      }
      String message = QueryRun.message(failure);
      return QueryRun.interrupted(failure)
          ? new QueryAnswer.TimedOut(message)
          : new QueryAnswer.Refused(message);
    } catch (OutOfMemoryError tooMuch) {
      return new QueryAnswer.Refused("out of memory");
    }
  }

  /// After a failed write SQLite leaves it to the next one who reads to undo what was half done.
  /// The game shall not have to.
  private static void rollBack(QueryRequest request, int flags, SQLException cause) {
    try (QueryRun run = QueryRun.open(uri(request.file()), flags, /* rows= */ 1)) {
      run.run("SELECT 1 FROM sqlite_schema");
    } catch (SQLException stillThere) {
      cause.addSuppressed(stillThere);
    }
  }

  /// Makes sure that the path leads to the file that the daemon has found.
  ///
  /// @throws LinuxException when it leads elsewhere or nowhere
  private static void look(Descriptor root, QueryRequest request) throws LinuxException {
    int flags = Linux.O_PATH | Linux.oNofollow();
    try (Descriptor file = Linux.openat(root, request.file(), flags, 0)) {
      FileStatus status = Linux.statx(file);
      if (!status.isRegular()
          || status.device() != request.device()
          || status.inode() != request.inode()) {
        throw new LinuxException("look", Errno.ENOENT);
      }
    }
  }

  /// The path as a URI, in which every byte can be written.
  static String uri(byte[] path) {
    StringBuilder uri = new StringBuilder("file:/");
    for (byte b : path) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || b == '/'
              || b == '.'
              || b == '_'
              || b == '-';
      if (plain) {
        uri.append((char) b);
      } else {
        uri.append('%').append("%02X".formatted(b & 0xff));
      }
    }
    return uri.toString();
  }

  /// Interrupts the run when the time is over, again and again until it has ended: an interrupt
  /// between two statements is lost.
  private static final class Deadline extends Thread implements AutoCloseable {
    private static final long AGAIN_MILLIS = 50;

    private final QueryRun run;
    private final long millis;
    private boolean over;

    private Deadline(QueryRun run, long millis) {
      super("deadline");
      this.run = run;
      this.millis = millis;
      setDaemon(true);
    }

    static Deadline start(QueryRun run, long millis) {
      Deadline deadline = new Deadline(run, millis);
      deadline.start();
      return deadline;
    }

    @Override
    public synchronized void run() {
      try {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!over) {
          long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
          if (left <= 0) {
            run.interrupt();
            left = AGAIN_MILLIS;
          }
          wait(left);
        }
      } catch (InterruptedException | SQLException ended) {
        over = true; // the daemon ends this process a little later
      }
    }

    @Override
    public synchronized void close() {
      over = true;
      notifyAll();
    }
  }
}
