package dev.wings.docker.internal.image;

import dev.wings.core.container.PullListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A pull in progress and those who wait for it. Forwards progress to all of them; who joins late
/// is told at once that the pull runs. [#add], [#remove], [#keep] and [#cancel] are called under
/// the lock of [Images].
final class SharedPull implements PullListener {
  private static final Logger log = LoggerFactory.getLogger(SharedPull.class);

  private final String image;
  private final CompletableFuture<@Nullable Void> result = new CompletableFuture<>();
  private final List<PullListener> listeners = new CopyOnWriteArrayList<>();
  private int waiting;
  private boolean kept;
  private boolean begun; // guarded by listeners
  private volatile boolean cancelled;
  private @Nullable Thread thread;

  SharedPull(String image) {
    this.image = image;
  }

  String image() {
    return image;
  }

  void start(Work work) {
    thread = Thread.ofVirtual().name("wings-pull").start(() -> run(work));
  }

  @FunctionalInterface
  interface Work {
    void run() throws InterruptedException;
  }

  private void run(Work work) {
    try {
      work.run();
      result.complete(null);
    } catch (RuntimeException | InterruptedException e) {
      result.completeExceptionally(e); // every waiting caller reports it
    }
  }

  void await() throws InterruptedException, ExecutionException {
    result.get();
  }

  /// A background refresh has nobody waiting and is not cancelled for that.
  void keep() {
    kept = true;
  }

  void add(PullListener listener) {
    waiting++;
    synchronized (listeners) {
      listeners.add(listener);
      if (begun) {
        call(listener, each -> each.started(image));
      }
    }
  }

  /// Returns whether nobody is left to pull for.
  boolean remove(PullListener listener) {
    listeners.remove(listener);
    return --waiting == 0 && !kept && !result.isDone();
  }

  void cancel() {
    cancelled = true;
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  boolean cancelled() {
    return cancelled;
  }

  @Override
  public void started(String name) {
    synchronized (listeners) {
      begun = true;
      new ArrayList<>(listeners).forEach(each -> call(each, listener -> listener.started(name)));
    }
  }

  @Override
  public void layerProgress(String layer, boolean extracting, long processed, long total) {
    all(each -> each.layerProgress(layer, extracting, processed, total));
  }

  @Override
  public void layerCompleted(String layer) {
    all(each -> each.layerCompleted(layer));
  }

  @Override
  public void statusLine(String line) {
    all(each -> each.statusLine(line));
  }

  @Override
  public void failed(String message, boolean localImageUsed) {
    all(each -> each.failed(message, localImageUsed));
  }

  @Override
  public void finished(String name) {
    all(each -> each.finished(name));
  }

  private void all(Consumer<PullListener> call) {
    listeners.forEach(listener -> call(listener, call));
  }

  /// One listener's failure must not end the pull of the others.
  private static void call(PullListener listener, Consumer<PullListener> call) {
    try {
      call.accept(listener);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("pull listener failed");
    }
  }
}
