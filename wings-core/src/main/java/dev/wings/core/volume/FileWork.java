package dev.wings.core.volume;

import static java.util.Objects.requireNonNull;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The bulkhead between the daemon and the file systems of its servers, which may be remote and may
/// hang (`threats.md` JV-06).
///
/// A call that hangs in the kernel cannot be ended. So work on files runs on platform threads of
/// its own, and whoever waits for it waits with patience: when the work neither ends nor gets on
/// for that long it is left behind, and its caller is told that the file system does not answer.
/// What is left behind costs one thread each, and that number is bounded:
///
/// - a server has at most [Kind#callsPerServer] calls on the threads of a lane; more wait their
///   turn;
/// - a server with a call that was left behind gets no other thread until that call has ended;
/// - each lane replaces at most [#SPARE_THREADS] threads; when those are used up, calls that no
///   thread takes up in time fail like the others.
///
/// There are lanes of several [Kind]s, so that neither scans of large volumes nor archives nor slow
/// downloads ever keep another server from starting (`threats.md` DS-04). When the file system
/// answers again the work that was left behind ends, its thread goes, and the server is served as
/// before. Threads exist only while there is work.
public final class FileWork implements AutoCloseable {
  static final int SPARE_THREADS = 16;

  /// Threads that work on files at a lane's side.
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  /// Calls of one server that may wait for their turn without anybody who waits for them.
  private static final int MAX_WAITING = 10_000;

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(FileWork.class);

  private final Duration patience;
  private final Map<Kind, Lane> lanes = new EnumMap<>(Kind.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final Map<UUID, Share> shares = new HashMap<>(); // guarded by lock
  private final Set<Thread> background = ConcurrentHashMap.newKeySet();

  /// What work is about, which decides on whose threads it runs.
  public enum Kind {
    /// Short work that somebody waits for.
    CONTROL(3, Math.max(8, CORES * 2), "wings-files-"),
    /// Walks over whole volumes that nobody waits for.
    SCAN(1, 1, "wings-scan-"),
    /// Archives, copies, searches: minutes of work. A server never has all threads.
    HEAVY(Math.max(2, CORES), Math.max(4, CORES * 2), "wings-heavy-"),
    /// Streams to or from a client or a remote host, which mostly wait for the network.
    TRANSFER(16, 256, "wings-transfer-"),
    /// Requests of clients that stay connected, a few milliseconds each and many of them. For
    /// [#submit].
    SESSION(4, 64, "wings-session-");

    private final int callsPerServer;
    private final int threads;
    private final String threadName;

    Kind(int callsPerServer, int threads, String threadName) {
      this.callsPerServer = callsPerServer;
      this.threads = threads;
      this.threadName = threadName;
    }

    int callsPerServer() {
      return callsPerServer;
    }

    /// Whether a caller waits for its turn as long as it takes.
    private boolean patient() {
      return this == HEAVY;
    }
  }

  /// Calls of one server.
  private static final class Share {
    final int[] running = new int[Kind.values().length];

    /// Calls that nobody waits for and that have to wait for their turn, in order.
    final Deque<Call<?>> waiting = new ArrayDeque<>();

    int leftBehind;

    boolean idle() {
      return Arrays.stream(running).sum() == 0;
    }
  }

  /// @param scanThreads heavy work that runs at the same time
  public FileWork(int scanThreads) {
    this(scanThreads, PATIENCE);
  }

  FileWork(int scanThreads, Duration patience) {
    this.patience = patience;
    for (Kind kind : Kind.values()) {
      lanes.put(kind, new Lane(kind, kind == Kind.SCAN ? Math.max(1, scanThreads) : kind.threads));
    }
  }

  /// Changes how much heavy work runs at the same time.
  public void scanThreads(int threads) {
    lock.lock();
    try {
      lane(Kind.SCAN).resize(Math.max(1, threads));
    } finally {
      lock.unlock();
    }
  }

  /// Runs work that somebody waits for, such as a starting server. Interrupting the caller
  /// interrupts the work.
  ///
  /// @param server whose files they are
  /// @throws WingsException of kind `UPSTREAM` when the file system does not answer
  public <T> T run(UUID server, Callable<T> work) throws IOException, InterruptedException {
    return run(server, () -> 0, work);
  }

  /// The same for work that may take long.
  ///
  /// @param progress moves while the work gets on, which is reason to wait on
  public <T> T run(UUID server, LongSupplier progress, Callable<T> work)
      throws IOException, InterruptedException {
    return run(Kind.CONTROL, server, progress, work);
  }

  /// The same on the threads of another lane.
  ///
  /// @param progress as above; for [Kind#TRANSFER] it is not asked, since such work waits for
  ///   others
  public <T> T run(Kind kind, UUID server, LongSupplier progress, Callable<T> work)
      throws IOException, InterruptedException {
    return run(lane(kind), server, kind == Kind.TRANSFER ? System::nanoTime : progress, work);
  }

  private Lane lane(Kind kind) {
    return requireNonNull(lanes.get(kind), "lane");
  }

  /// Heavy work in the background. The future fails when the file system does not answer.
  ///
  /// @param done called when the future has ended; work that was left behind may go on
  public <T> Future<T> scan(UUID server, LongSupplier progress, Callable<T> work, Runnable done) {
    FutureTask<T> waiting =
        new FutureTask<>(() -> run(Kind.SCAN, server, progress, work)) {
          @Override
          protected void done() {
            done.run();
          }
        };
    Thread.ofVirtual().name("wings-scan-" + server).start(waiting);
    return waiting;
  }

  /// Short work that nobody waits for.
  public void background(UUID server, Runnable work) {
    background(server, () -> 0, work);
  }

  /// The same for work that may take long.
  ///
  /// @param progress moves while the work gets on
  public void background(UUID server, LongSupplier progress, Runnable work) {
    Thread thread =
        Thread.ofVirtual()
            .name("wings-files-" + server)
            .unstarted(() -> {
              try {
                runQuietly(server, progress, work);
              } finally {
                background.remove(Thread.currentThread());
              }
            });
    background.add(thread);
    thread.start();
  }

  private void runQuietly(UUID server, LongSupplier progress, Runnable work) {
    try {
      run(
          server,
          progress,
          () -> {
            work.run();
            return true;
          });
    } catch (IOException | RuntimeException failure) { // the outermost frame of the work
      log.atWarn()
          .addKeyValue("server", server)
          .setCause(failure)
          .log("work on the files of a server was not done");
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /// Hands over work that nobody waits for, without waiting. It is never left behind: while the
  /// file system does not answer, what is under way and what waits behind it stay as they are.
  ///
  /// @throws RejectedExecutionException when it will not be done: the file system does not answer,
  ///   too much waits already, or the daemon is stopping
  public void submit(Kind kind, UUID server, Runnable work) {
    Call<Boolean> call =
        new Call<>(
            lane(kind),
            server,
            () -> {
              runLogged(server, work);
              return true;
            });
    lock.lock();
    try {
      Share share = shares.computeIfAbsent(server, _ -> new Share());
      if (share.leftBehind > 0) {
        throw new RejectedExecutionException("the file system does not answer");
      }
      if (share.running[kind.ordinal()] < kind.callsPerServer()) {
        begin(share, call);
      } else if (share.waiting.size() < MAX_WAITING) {
        share.waiting.add(call);
      } else {
        throw new RejectedExecutionException("too much waits for this server's files");
      }
    } finally {
      lock.unlock();
    }
  }

  private static void runLogged(UUID server, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException failure) { // the outermost frame of the work; nobody else is told
      log.atError().addKeyValue("server", server).setCause(failure).log("work on files failed");
    }
  }

  /// Takes a turn for a call; under the lock.
  private void begin(Share share, Call<?> call) {
    int kind = call.lane.kind.ordinal();
    share.running[kind]++;
    boolean begun = false;
    try {
      call.lane.pool.execute(call);
      begun = true;
    } finally {
      if (!begun) {
        share.running[kind]--;
        if (share.idle()) {
          shares.remove(call.server);
        }
      }
    }
  }

  /// Gives a turn that has become free to the first call that waits for it; under the lock.
  private void beginNext(Share share, Lane lane) {
    if (share.running[lane.kind.ordinal()] >= lane.kind.callsPerServer()) {
      return;
    }
    Iterator<Call<?>> calls = share.waiting.iterator();
    while (calls.hasNext()) {
      Call<?> next = calls.next();
      if (next.lane.equals(lane)) {
        calls.remove();
        try {
          begin(share, next);
        } catch (RejectedExecutionException stopping) {
          log.atDebug().setCause(stopping).log("work on files was dropped, the daemon is stopping");
        }
        return;
      }
    }
  }

  private <T> T run(Lane lane, UUID server, LongSupplier progress, Callable<T> work)
      throws IOException, InterruptedException {
    Call<T> call = new Call<>(lane, server, work);
    enter(lane, server);
    try {
      lane.pool.execute(call);
    } catch (RejectedExecutionException stopping) {
      leave(call);
      throw WingsException.impossible("the daemon is stopping");
    }
    try {
      return await(call, progress);
    } catch (InterruptedException e) {
      call.cancel();
      throw e;
    }
  }

  private void enter(Lane lane, UUID server) throws InterruptedException {
    int kind = lane.kind.ordinal();
    long left = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        Share share = shares.computeIfAbsent(server, _ -> new Share());
        if (share.leftBehind > 0) {
          throw silent(server, null);
        }
        if (share.running[kind] < lane.kind.callsPerServer()) {
          share.running[kind]++;
          return;
        }
        if (left <= 0) {
          throw lane.kind == Kind.TRANSFER
              ? new WingsException(
                  ErrorKind.LIMIT, "too many uploads and downloads of this server at a time")
              : silent(server, null);
        }
        long rest = ended.awaitNanos(left);
        left = lane.kind.patient() ? left : rest;
      }
    } finally {
      lock.unlock();
    }
  }

  private <T> T await(Call<T> call, LongSupplier progress)
      throws IOException, InterruptedException {
    long seen = progress.getAsLong();
    while (true) {
      try {
        return call.result.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException slow) {
        long now = progress.getAsLong();
        boolean goesOn = now != seen || call.mayStillBegin();
        seen = now;
        if (!goesOn) {
          throw leaveBehind(call);
        }
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case IOException failure -> throw failure;
          case RuntimeException failure -> throw failure; // its kind says what it means
          case Error failure -> throw failure;
          case null, default ->
              throw new WingsException(ErrorKind.INTERNAL, "file work failed", e.getCause());
        }
      }
    }
  }

  private WingsException leaveBehind(Call<?> call) {
    lock.lock();
    try {
      if (call.thread != null) {
        call.leftBehind = true;
        requireNonNull(shares.get(call.server), "share").leftBehind++;
        call.lane.replaceOne();
      }
    } finally {
      lock.unlock();
    }
    call.cancel();
    log.atError()
        .addKeyValue("server", call.server)
        .addKeyValue("seconds", patience.toSeconds())
        .log("the file system of a server does not answer");
    return silent(call.server, new TimeoutException("no answer within " + patience));
  }

  private static WingsException silent(UUID server, @Nullable Exception cause) {
    return new WingsException(
        ErrorKind.UPSTREAM, "the file system of server " + server + " does not answer", cause);
  }

  private void leave(Call<?> call) {
    lock.lock();
    try {
      Share share = requireNonNull(shares.get(call.server), "share");
      share.running[call.lane.kind.ordinal()]--;
      if (call.leftBehind) {
        share.leftBehind--;
        call.lane.takeBack();
        if (share.leftBehind == 0) {
          log.atInfo()
              .addKeyValue("server", call.server)
              .log("the file system of a server answers again");
        }
      }
      beginNext(share, call.lane);
      if (share.idle()) {
        shares.remove(call.server);
      }
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Ends heavy work, and waits a moment for the rest.
  @Override
  public void close() {
    lane(Kind.SCAN).stop();
    lane(Kind.HEAVY).stop();
    lane(Kind.TRANSFER).stop();
    lane(Kind.SESSION).stop();
    Lane control = lane(Kind.CONTROL);
    long begin = System.nanoTime();
    try {
      for (Thread thread : background) {
        Duration left = CLOSE_LIMIT.minusNanos(System.nanoTime() - begin);
        if (left.isPositive()) {
          thread.join(left);
        }
      }
      control.pool.shutdown();
      long left = CLOSE_LIMIT.toNanos() - (System.nanoTime() - begin);
      if (!control.pool.awaitTermination(left, TimeUnit.NANOSECONDS)) {
        control.stop();
      }
    } catch (InterruptedException e) {
      control.stop();
      Thread.currentThread().interrupt();
    }
  }

  /// One piece of work.
  private final class Call<T> implements Runnable {
    final Lane lane;
    final UUID server;
    final CompletableFuture<T> result = new CompletableFuture<>();
    private final Callable<T> work;
    @Nullable Thread thread; // guarded by lock
    boolean leftBehind; // guarded by lock
    private boolean cancelled; // guarded by lock

    Call(Lane lane, UUID server, Callable<T> work) {
      this.lane = lane;
      this.server = server;
      this.work = work;
    }

    @Override
    public void run() {
      try {
        if (begin()) {
          result.complete(work.call());
        }
      } catch (Throwable failure) { // the outermost frame of the work; the caller gets it
        result.completeExceptionally(failure);
      } finally {
        end();
        leave(this);
      }
    }

    private boolean begin() {
      lock.lock();
      try {
        thread = Thread.currentThread();
        return !cancelled;
      } finally {
        lock.unlock();
      }
    }

    private void end() {
      lock.lock();
      try {
        thread = null;
        Thread.interrupted(); // meant for this work, not for the next one on the thread
      } finally {
        lock.unlock();
      }
    }

    /// Whether it waits for a thread that will come, because not all are held up.
    boolean mayStillBegin() {
      lock.lock();
      try {
        return thread == null && lane.leftBehind <= SPARE_THREADS;
      } finally {
        lock.unlock();
      }
    }

    void cancel() {
      if (lane.pool.remove(this)) {
        leave(this);
        return;
      }
      lock.lock();
      try {
        cancelled = true;
        if (thread != null) {
          thread.interrupt();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /// A pool of threads that grows by one for each that is held up.
  private static final class Lane {
    final Kind kind;
    final ThreadPoolExecutor pool;
    private int threads; // guarded by lock, as the rest
    int leftBehind;

    Lane(Kind kind, int threads) {
      this.kind = kind;
      this.threads = threads;
      pool =
          new ThreadPoolExecutor(
              threads,
              threads,
              5,
              TimeUnit.SECONDS,
              new LinkedBlockingQueue<>(),
              Thread.ofPlatform().daemon().name(kind.threadName, 0).factory());
      pool.allowCoreThreadTimeOut(true);
    }

    void resize(int threads) {
      this.threads = threads;
      apply();
    }

    void replaceOne() {
      leftBehind++;
      apply();
    }

    void takeBack() {
      leftBehind--;
      apply();
    }

    private void apply() {
      int size = threads + Math.min(leftBehind, SPARE_THREADS);
      if (size > pool.getMaximumPoolSize()) {
        pool.setMaximumPoolSize(size);
        pool.setCorePoolSize(size);
      } else if (size < pool.getMaximumPoolSize()) {
        pool.setCorePoolSize(size);
        pool.setMaximumPoolSize(size);
      }
    }

    /// Interrupts what runs, and answers for what never will.
    void stop() {
      for (Runnable waiting : pool.shutdownNow()) {
        ((Call<?>) waiting)
            .result.completeExceptionally(WingsException.impossible("the daemon is stopping"));
      }
    }
  }
}
