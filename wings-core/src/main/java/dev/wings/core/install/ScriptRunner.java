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
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
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
    } finally {
      try {
        staging.delete();
      } catch (IOException left) {
        log.atWarn().setCause(left).log("staging directory could not be removed");
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
    ScriptRun run = new ScriptRun(bytes -> copy(bytes, out));
    try (ContainerHandle container =
        engine.create(
            new ContainerRequest.Script(
                definition.settings(), volume.hostPath(), script, staging.hostPath()),
            run)) {
      try {
        container.start();
        long limit = config.current().docker().installerLimits().timeout() * 1_000_000_000L;
        long began = nanoTime.getAsLong();
        while (!run.await(POLL_MILLIS)) {
          if (limit > 0 && nanoTime.getAsLong() - began > limit) {
            throw new WingsException(ErrorKind.LIMIT, FAILED + ": it took too long");
          }
        }
      } catch (InterruptedException cancelled) {
        Thread.currentThread().interrupt();
        throw new WingsException(ErrorKind.IMPOSSIBLE, FAILED, cancelled);
      } finally {
        boolean interrupted = Thread.interrupted();
        container.remove();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private static void copy(ByteBuffer bytes, OutputStream out) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    try {
      out.write(copy);
      out.flush();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }
}
