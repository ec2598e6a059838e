package dev.wings.core.install;

import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerStats;
import dev.wings.core.container.ExitStatus;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Follows one script container to its end.
final class ScriptRun implements ContainerListener {
  private final Output output;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

  /// Takes what the script prints. Called from one thread at a time, in order.
  interface Output {
    void bytes(ByteBuffer bytes);

    /// Nothing more comes.
    default void end() {}
  }

  ScriptRun(Output output) {
    this.output = output;
  }

  @Override
  public void output(ByteBuffer bytes) {
    output.bytes(bytes);
  }

  @Override
  public void outputClosed() {
    output.end();
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
