package dev.wings.core.install;

import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerStats;
import dev.wings.core.container.ExitStatus;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Follows one script container to its end.
final class ScriptRun implements ContainerListener {
  private final Consumer<ByteBuffer> output;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

  /// @param output called from one thread at a time, in order
  ScriptRun(Consumer<ByteBuffer> output) {
    this.output = output;
  }

  @Override
  public void output(ByteBuffer bytes) {
    output.accept(bytes);
  }

  @Override
  public void outputClosed() {
    // the exit follows
  }

  @Override
  public void stats(ContainerStats stats) {
    // not shown for scripts
  }

  @Override
  public void running() {
    // it was started here, or adopted while it ran
  }

  @Override
  public void exited(ExitStatus status) {
    exit.complete(status);
  }

  /// Waits a while for the end.
  ///
  /// @return false when it still runs
  boolean await(long millis) throws InterruptedException {
    try {
      exit.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException running) {
      return false;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException("exit is only ever completed with a status", impossible);
    }
  }

  /// The end, after [#await] said so.
  ExitStatus status() {
    return exit.join();
  }
}
