package dev.wings.core.install;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.console.ConsolePipeline;
import dev.wings.core.container.ContainerEngine;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Installs in a container of its own (`containers.md` 21). Safe for use by many threads; each call
/// blocks its thread until its installation is over.
public final class ContainerInstaller implements Installer {
  private static final Logger log = LoggerFactory.getLogger(ContainerInstaller.class);
  private static final long POLL_MILLIS = 500;

  private final ContainerEngine engine;
  private final LiveConfig config;
  private final Path temporary;
  private final Path logs;
  private final LongSupplier nanoTime;

  /// @param temporary `system.tmp_directory`
  /// @param logs `system.log_directory`
  /// @param nanoTime monotonic nanoseconds
  public ContainerInstaller(
      ContainerEngine engine, LiveConfig config, Path temporary, Path logs, LongSupplier nanoTime) {
    this.engine = engine;
    this.config = config;
    this.temporary = temporary;
    this.logs = logs;
    this.nanoTime = nanoTime;
  }

  @Override
  public Outcome run(Request request, EventBus events) {
    if (request.script().script().isBlank()) {
      return Outcome.SUCCESS;
    }
    Staging staging = staging(request);
    ScriptRun run = new ScriptRun(output(events));
    try {
      engine.ensureImage(request.script().containerImage(), new PullEvents(events));
      staging.create("install.sh", request.script().script(), "status", "progress");
      ContainerHandle container =
          engine.create(
              new ContainerRequest.Installer(
                  request.definition().settings(),
                  request.volume().hostPath(),
                  request.script(),
                  staging.hostPath()),
              run);
      return follow(container, true, run, staging, request, events);
    } catch (WingsException | IOException failure) {
      return Thread.interrupted() ? Outcome.SUCCESS : failed(request, events, failure);
    } finally {
      clean(staging);
    }
  }

  @Override
  public Outcome resume(Request request, EventBus events) {
    Staging staging = staging(request);
    ScriptRun run = new ScriptRun(output(events));
    try {
      Optional<ContainerHandle> container =
          engine.adopt(request.definition().settings(), ContainerKind.INSTALLER, run);
      return container.isPresent()
          ? follow(container.get(), false, run, staging, request, events)
          : ended(request);
    } catch (WingsException failure) {
      return Thread.interrupted() ? Outcome.SUCCESS : failed(request, events, failure);
    } finally {
      clean(staging);
    }
  }

  /// It ended while no daemon watched: a success (`containers.md` 21.6), whose container is still
  /// there (`threats.md` CT-04).
  private Outcome ended(Request request) {
    try {
      engine.removeAll(request.definition().uuid());
    } catch (WingsException left) {
      log.atWarn()
          .addKeyValue("server", request.definition().uuid())
          .setCause(left)
          .log("installer container could not be removed");
    }
    return Outcome.SUCCESS;
  }

  private Outcome follow(
      ContainerHandle container,
      boolean start,
      ScriptRun run,
      Staging staging,
      Request request,
      EventBus events) {
    @Nullable String reason = null;
    try (container) {
      try {
        if (start) {
          container.start();
        }
        reason = await(run, staging, events).failure();
      } catch (InterruptedException aborted) {
        log.atInfo().addKeyValue("server", request.definition().uuid()).log("installation aborted");
      } catch (WingsException failure) {
        reason = Thread.interrupted() ? null : reason(failure);
      } finally {
        Thread.interrupted(); // what follows must happen after an abort as well
        end(container, request, reason);
        Thread.interrupted(); // an abort that came meanwhile has nothing left to end
      }
    }
    if (reason == null) {
      return Outcome.SUCCESS;
    }
    events.publish(new ServerEvent.InstallOutput(List.of(reason)));
    return Outcome.failed(reason);
  }

  private Outcome await(ScriptRun run, Staging staging, EventBus events)
      throws InterruptedException {
    long timeout = TimeUnit.SECONDS.toNanos(config.current().docker().installerLimits().timeout());
    long began = nanoTime.getAsLong();
    ServerEvent.@Nullable InstallProgress shown = null;
    while (!run.await(POLL_MILLIS)) {
      Optional<ServerEvent.InstallProgress> progress = progress(staging);
      if (progress.isPresent() && !progress.get().equals(shown)) {
        shown = progress.get();
        events.publish(shown);
      }
      if (timeout > 0 && nanoTime.getAsLong() - began > timeout) {
        return Outcome.failed(
            "installation took longer than "
                + TimeUnit.NANOSECONDS.toSeconds(timeout)
                + " seconds");
      }
    }
    try {
      return InstallReport.outcome(run.status(), staging.head("status"));
    } catch (IOException unreadable) {
      return Outcome.failed("the status of the installation cannot be read");
    }
  }

  private static Optional<ServerEvent.InstallProgress> progress(Staging staging) {
    try {
      return InstallReport.progress(staging.tail("progress"));
    } catch (IOException unreadable) {
      log.atDebug().setCause(unreadable).log("progress of an installation cannot be read");
      return Optional.empty();
    }
  }

  /// Kills, writes the log, removes; a step that fails is logged and the next one goes on.
  private void end(ContainerHandle container, Request request, @Nullable String failure) {
    Path file = logs.resolve(request.definition().uuid().toString()).resolve("install.log");
    try {
      container.kill();
    } catch (WingsException refused) {
      log.atDebug().setCause(refused).log("installer was not killed, it is removed by force");
    }
    try (InputStream output = container.logs(OptionalInt.empty())) {
      InstallLog.write(
          file,
          request.definition().settings(),
          config.current().system().timezone(),
          request.script(),
          failure,
          output);
    } catch (IOException | WingsException unwritten) {
      log.atWarn()
          .addKeyValue("server", request.definition().uuid())
          .setCause(unwritten)
          .log("installation log could not be written");
    }
    remove(container, request);
  }

  private static void remove(ContainerHandle container, Request request) {
    while (true) {
      Thread.interrupted(); // who aborts again must not keep the container alive
      try {
        container.remove();
        return;
      } catch (WingsException left) {
        if (!Thread.interrupted()) {
          log.atWarn()
              .addKeyValue("server", request.definition().uuid())
              .setCause(left)
              .log("installer container could not be removed");
          return;
        }
      }
    }
  }

  private ScriptRun.Output output(EventBus events) {
    ConsolePipeline pipeline =
        new ConsolePipeline(
            () -> config.current().throttles(),
            nanoTime,
            new ConsolePipeline.Sink() {
              @Override
              public void publish(List<String> lines, long skipped) {
                if (!lines.isEmpty()) {
                  events.publish(new ServerEvent.InstallOutput(lines));
                }
              }

              @Override
              public void throttled() {
                events.publish(
                    new ServerEvent.InstallOutput(
                        List.of("The installer prints too much, some lines are not shown.")));
              }
            });
    return new ScriptRun.Output() {
      @Override
      public void bytes(ByteBuffer bytes) {
        pipeline.output(bytes);
      }

      @Override
      public void end() {
        pipeline.end();
      }
    };
  }

  private Outcome failed(Request request, EventBus events, Exception failure) {
    log.atWarn()
        .addKeyValue("server", request.definition().uuid())
        .setCause(failure)
        .log("installation failed");
    String reason = reason(failure);
    events.publish(new ServerEvent.InstallOutput(List.of(reason)));
    return Outcome.failed(reason);
  }

  /// The text of a failure as far as users may see it.
  private static String reason(Exception failure) {
    return failure instanceof WingsException known && known.kind() != ErrorKind.INTERNAL
        ? known.getMessage()
        : "the installation could not be prepared";
  }

  private Staging staging(Request request) {
    return new Staging(temporary.resolve(request.definition().uuid().toString()));
  }

  private static void clean(Staging staging) {
    try {
      staging.delete();
    } catch (IOException left) {
      log.atWarn().setCause(left).log("staging directory could not be removed");
    }
  }
}
