package dev.wings.core.install;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.container.ContainerEngine;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.PullListener;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.volume.ServerVolume;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs one-off scripts beside a server (`containers.md` 22), one at a time per server.
public final class ScriptRunner {
  private static final Logger log = LoggerFactory.getLogger(ScriptRunner.class);
  private static final String FAILED = "failed to run server script";
  private static final long POLL_MILLIS = 1000;

  private final ContainerEngine engine;
  private final LiveConfig config;
  private final Path temporary;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<UUID, ReentrantLock> turns = new ConcurrentHashMap<>();

  /// @param temporary `system.tmp_directory`
  public ScriptRunner(
      ContainerEngine engine, LiveConfig config, Path temporary, Path logs, LongSupplier nanoTime) {
    this.engine = engine;
    this.config = config;
    this.temporary = temporary;
    this.nanoTime = nanoTime;
  }

  /// Runs the script and copies its output to `out` until it ends. Interrupting the thread removes
  /// the container.
  ///
  /// @throws WingsException when it cannot be run, or the reader of the output went away
  public void run(
      ServerDefinition definition,
      ServerVolume volume,
      InstallationScript script,
      OutputStream out) {
    ReentrantLock turn = turns.computeIfAbsent(definition.uuid(), _ -> new ReentrantLock());
    Staging staging = new Staging(temporary.resolve(definition.uuid() + "_script"));
    try {
      turn.lockInterruptibly();
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt();
      throw new WingsException(ErrorKind.IMPOSSIBLE, FAILED, cancelled);
    }
    try {
      engine.ensureImage(script.containerImage(), PullListener.NONE);
      staging.create("script.sh", script.script());
      follow(definition, volume, script, staging, out);
    } catch (IOException failure) {
      throw new WingsException(ErrorKind.INTERNAL, FAILED, failure);
    } catch (WingsException failure) {
      throw new WingsException(failure.kind(), FAILED + ": " + failure.getMessage(), failure);
    } finally {
      try {
        staging.delete();
      } catch (IOException left) {
        log.atWarn()
            .addKeyValue("server", definition.uuid())
            .setCause(left)
            .log("staging directory could not be removed");
      }
      turn.unlock();
    }
  }

  private void follow(
      ServerDefinition definition,
      ServerVolume volume,
      InstallationScript script,
      Staging staging,
      OutputStream out) {
    Copy copy = new Copy(out);
    ScriptRun run = new ScriptRun(copy);
    try (ContainerHandle container =
        engine.create(
            new ContainerRequest.Script(
                definition.settings(), volume.hostPath(), script, staging.hostPath()),
            run)) {
      try {
        container.start();
        await(run, copy);
      } catch (InterruptedException cancelled) {
        Thread.currentThread().interrupt();
        throw new WingsException(ErrorKind.IMPOSSIBLE, "cancelled", cancelled);
      } finally {
        remove(container, definition);
      }
    }
  }

  private void await(ScriptRun run, Copy copy) throws InterruptedException {
    long limit = TimeUnit.SECONDS.toNanos(config.current().docker().installerLimits().timeout());
    long began = nanoTime.getAsLong();
    while (!run.await(POLL_MILLIS)) {
      copy.check();
      if (limit > 0 && nanoTime.getAsLong() - began > limit) {
        throw new WingsException(ErrorKind.LIMIT, "it took too long");
      }
    }
    copy.check();
  }

  /// Removes also when the thread is interrupted, and leaves it so.
  private static void remove(ContainerHandle container, ServerDefinition definition) {
    boolean interrupted = Thread.interrupted();
    try {
      container.remove();
    } catch (WingsException left) {
      log.atWarn()
          .addKeyValue("server", definition.uuid())
          .setCause(left)
          .log("script container could not be removed");
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Hands the output on until the reader goes away.
  private static final class Copy implements ScriptRun.Output {
    private final OutputStream out;
    private volatile @Nullable IOException gone;

    Copy(OutputStream out) {
      this.out = out;
    }

    @Override
    public void bytes(ByteBuffer bytes) {
      if (gone != null) {
        return;
      }
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      try {
        out.write(copy);
        out.flush();
      } catch (IOException e) {
        gone = e;
      }
    }

    void check() {
      IOException failure = gone;
      if (failure != null) {
        throw new WingsException(
            ErrorKind.IMPOSSIBLE, "the reader of its output went away", failure);
      }
    }
  }
}
