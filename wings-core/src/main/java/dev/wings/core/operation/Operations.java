package dev.wings.core.operation;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LimitsConfig;
import dev.wings.core.volume.FileWork;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The running operations of one server (`http-api.md` 4.5). Each has a random id, is announced at
/// once and then every second, and stays in the table until it ends. Safe for use by many threads.
public final class Operations {
  private static final Duration ANNOUNCE_EVERY = Duration.ofSeconds(1);

  /// How long work that was asked to end may go on before its thread is interrupted.
  private static final Duration ABORT_PATIENCE = Duration.ofMillis(500);

  private static final Logger log = LoggerFactory.getLogger(Operations.class);

  private final UUID server;
  private final Listener listener;
  private final FileWork files;
  private final Supplier<LimitsConfig> limits;
  private final InstantSource clock;
  private final Map<UUID, Running<?>> running = new LinkedHashMap<>(); // guarded by itself

  /// What an operation does, on a thread that may block.
  @FunctionalInterface
  public interface Task<T> {
    T run(Progress progress) throws Exception;
  }

  /// Is told what becomes of operations, on their threads; must return quickly.
  public interface Listener {
    /// It has begun, or goes on.
    void progress(OperationStatus status);

    void completed(UUID operation);

    void aborted(UUID operation);

    /// @param message for the user
    void failed(UUID operation, String message);
  }

  /// @param limits asked at each start
  public Operations(
      UUID server,
      Listener listener,
      FileWork files,
      Supplier<LimitsConfig> limits,
      InstantSource clock) {
    this.server = server;
    this.listener = listener;
    this.files = files;
    this.limits = limits;
    this.clock = clock;
  }

  /// Starts an operation and returns at once.
  ///
  /// @throws WingsException kind `LIMIT` when the server has too many already
  public <T> Running<T> start(Operation operation, Task<T> task) {
    return start(operation, new Progress(), task);
  }

  /// The same with a progress that the caller has made, for work that begins before its operation.
  public <T> Running<T> start(Operation operation, Progress progress, Task<T> task) {
    Running<T> begun = new Running<>(operation, progress, null);
    admit(begun, /* counted= */ true);
    FileWork.Kind kind =
        operation instanceof Operation.Pull ? FileWork.Kind.TRANSFER : FileWork.Kind.HEAVY;
    begun.begin(() ->
        files.run(
            kind,
            server,
            () -> progress.bytes() + progress.files(),
            () -> {
              progress.check();
              return task.run(progress);
            }));
    return begun;
  }

  /// Shows work of another server here as well, such as the receiving half of a copy. It ends when
  /// the original ends; aborting either aborts both. Not counted against the limits.
  public void mirror(Operation operation, Running<?> original) {
    Running<Object> mirrored = new Running<>(operation, original.progress, original);
    admit(mirrored, /* counted= */ false);
    mirrored.begin(() -> {
      original.await();
      return true;
    });
  }

  private void admit(Running<?> begun, boolean counted) {
    LimitsConfig allowed = limits.get();
    synchronized (running) {
      if (counted) {
        boolean pull = begun.operation instanceof Operation.Pull;
        long pulls =
            running.values().stream().filter(r -> r.operation instanceof Operation.Pull).count();
        if (pull && reached(pulls, allowed.serverConcurrentPulls())) {
          throw new WingsException(ErrorKind.LIMIT, "too many concurrent pulls");
        }
        if (reached(running.size(), allowed.serverConcurrentOperations())) {
          throw new WingsException(ErrorKind.LIMIT, "too many concurrent operations");
        }
      }
      running.put(begun.id, begun);
    }
  }

  private static boolean reached(long count, int limit) {
    return limit > 0 && count >= limit;
  }

  /// All that run, oldest first.
  public List<OperationStatus> list() {
    synchronized (running) {
      return running.values().stream().map(Running::status).toList();
    }
  }

  /// An operation that runs.
  public Optional<OperationStatus> find(UUID id) {
    synchronized (running) {
      return Optional.ofNullable(running.get(id)).map(Running::status);
    }
  }

  /// Asks one to end; false when none of that id runs.
  public boolean abort(UUID id) {
    Running<?> found;
    synchronized (running) {
      found = running.get(id);
    }
    if (found == null) {
      return false;
    }
    found.abort();
    return true;
  }

  /// Asks all to end (`websocket.md` 3.7).
  public void abortAll() {
    List<Running<?>> all;
    synchronized (running) {
      all = new ArrayList<>(running.values());
    }
    all.forEach(Running::abort);
  }

  /// One operation from its start on.
  public final class Running<T> {
    private final UUID id = UUID.randomUUID();
    private final Operation operation;
    private final Progress progress;
    private final Instant start = clock.instant();
    private final CompletableFuture<T> outcome = new CompletableFuture<>();
    private final @Nullable Running<?> original;
    private volatile @Nullable Thread thread;

    /// @param original what does the work when this one only shows it
    private Running(Operation operation, Progress progress, @Nullable Running<?> original) {
      this.operation = operation;
      this.progress = progress;
      this.original = original;
    }

    public UUID id() {
      return id;
    }

    public OperationStatus status() {
      return new OperationStatus(
          id, operation, start, progress.bytes(), progress.total(), progress.files());
    }

    /// Waits for the end, however long it takes. Interrupting the waiting thread does not end the
    /// operation.
    ///
    /// @throws OperationAbortedException when it was aborted
    /// @throws WingsException or IOException or another exception that ended it
    public T await() throws IOException, InterruptedException {
      try {
        return outcome.get();
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case IOException failure -> throw failure;
          case RuntimeException failure -> throw failure;
          case Error failure -> throw failure;
          case null, default ->
              throw new WingsException(ErrorKind.INTERNAL, "operation failed", e.getCause());
        }
      }
    }

    /// Asks it to end. It ends within a second unless its file system hangs.
    public void abort() {
      if (original != null) {
        original.abort(); // this one ends with it
        return;
      }
      progress.cancel();
      Thread.ofVirtual()
          .name("operation-abort-" + id)
          .start(() -> {
            try {
              outcome.handle((_, _) -> true).get(ABORT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException slow) {
              Thread working = thread;
              if (working != null) {
                working.interrupt();
              }
            } catch (InterruptedException stopping) {
              Thread.currentThread().interrupt();
            } catch (ExecutionException impossible) {
              throw new IllegalStateException("handled above", impossible);
            }
          });
    }

    private void begin(Callable<T> work) {
      Thread worker =
          Thread.ofVirtual()
              .name("operation-" + id)
              .unstarted(() -> {
                try {
                  succeed(work.call());
                } catch (Throwable failure) { // the outermost frame of the operation's thread
                  fail(failure);
                }
              });
      thread = worker;
      listener.progress(status());
      worker.start();
      Thread.ofVirtual().name("operation-progress-" + id).start(this::announce);
    }

    private void announce() {
      while (!outcome.isDone()) {
        try {
          outcome.handle((_, _) -> true).get(ANNOUNCE_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException goesOn) {
          if (!outcome.isDone()) {
            listener.progress(status());
          }
        } catch (InterruptedException | ExecutionException impossible) {
          return;
        }
      }
    }

    private void succeed(T result) {
      leave();
      listener.completed(id);
      outcome.complete(result);
    }

    private void fail(Throwable failure) {
      leave();
      if (progress.cancelled()) {
        listener.aborted(id);
        outcome.completeExceptionally(new OperationAbortedException());
        return;
      }
      if (!(failure instanceof IOException || expected(failure))) {
        log.atError()
            .addKeyValue("server", server)
            .addKeyValue("operation", operation.wireName())
            .setCause(failure)
            .log("operation failed");
      }
      listener.failed(id, message(failure));
      outcome.completeExceptionally(failure);
    }

    private void leave() {
      synchronized (running) {
        running.remove(id);
      }
    }
  }

  private static boolean expected(Throwable failure) {
    return failure instanceof WingsException e && e.kind() != ErrorKind.INTERNAL;
  }

  /// What a user is told about a failure: I/O errors and expected failures verbatim, anything else
  /// as `unknown error` (`filesystem.md` 13).
  public static String message(Throwable failure) {
    return switch (failure) {
      case IOException io when io.getMessage() != null -> io.getMessage();
      case WingsException wings when wings.kind() != ErrorKind.INTERNAL -> wings.getMessage();
      default -> "unknown error";
    };
  }
}
