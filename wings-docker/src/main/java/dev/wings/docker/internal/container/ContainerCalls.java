package dev.wings.docker.internal.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.CreateContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.ListContainersCmd;
import com.github.dockerjava.api.command.UpdateContainerCmd;
import com.github.dockerjava.api.model.Container;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineCommands;
import dev.wings.docker.internal.engine.EngineDuplex;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import dev.wings.docker.internal.engine.EngineRequest;
import dev.wings.docker.internal.engine.EngineStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The engine's container calls, typed. Stateless; each call blocks and throws [EngineException].
///
/// What only asks for an answer is a command of docker-java. Attach, log, wait and stop are our own
/// requests: the first two are the console, and the library reads each stream on a platform thread;
/// a wait would hold one per running container; and its stop command does not take the "no limit"
/// that a graceful stop has.
public final class ContainerCalls {
  private static final Logger log = LoggerFactory.getLogger(ContainerCalls.class);
  private static final Duration KILL = Duration.ofSeconds(10);
  private static final Duration ATTACH = Duration.ofSeconds(15);
  private static final Duration REMOVAL_IN_PROGRESS = Duration.ofSeconds(10);
  private static final int FOREVER_FOR_PODMAN = 365 * 24 * 3600; // it refuses -1

  private final EngineCommands commands;
  private final EngineClient engine;

  public ContainerCalls(EngineCommands commands) {
    this.commands = commands;
    this.engine = commands.engine();
  }

  EngineClient engine() {
    return engine;
  }

  /// Creates and returns the id. What the engine has left out, such as a limit that this kernel
  /// lacks, is logged.
  String create(CreateContainerCmd document) {
    CreateContainerResponse created =
        commands.send(
            EngineClient.WORK,
            executions -> executions.createCreateContainerCmdExec().exec(document));
    String id = created.getId();
    if (id == null) {
      throw new EngineException(
          Failure.MALFORMED, 0, "the container engine does not name the new container", null);
    }
    String[] warnings = created.getWarnings();
    if (warnings != null && warnings.length > 0) {
      log.atWarn()
          .addKeyValue("container", id)
          .addKeyValue("reasons", List.of(warnings))
          .log("the engine changed what was asked for");
    }
    return id;
  }

  EngineDuplex attach(String id, boolean stdin) {
    EngineRequest request =
        EngineRequest.post("/containers/" + id + "/attach")
            .query("stream", "1")
            .query("stdout", "1")
            .query("stderr", "1");
    return engine.upgrade(stdin ? request.query("stdin", "1") : request, ATTACH);
  }

  void start(String id) {
    commands.run(EngineClient.WORK, docker -> docker.startContainerCmd(id).exec());
  }

  /// Inspects; a container that the engine does not know is an answer, not an error.
  Inspection inspect(String id) {
    try {
      return commands.ask(docker -> Inspection.of(docker.inspectContainerCmd(id).exec()));
    } catch (EngineException e) {
      if (e.notFound()) {
        return Inspection.missing(id);
      }
      throw e;
    }
  }

  /// The engine's own answer to an inspect by name or id.
  InspectContainerResponse inspectWhole(String nameOrId) {
    return commands.ask(docker -> docker.inspectContainerCmd(nameOrId).exec());
  }

  /// The same as it came, for what docker-java's model leaves out: the type of a mount.
  JsonNode inspectRaw(String nameOrId) {
    return engine.read(
        EngineRequest.get("/containers/" + EngineRequest.segment(nameOrId) + "/json"),
        EngineClient.QUICK);
  }

  /// Waits for the next exit, as long as it takes, and returns the exit code.
  OptionalInt waitForExit(String id) throws IOException {
    EngineRequest request =
        EngineRequest.post("/containers/" + id + "/wait").query("condition", "next-exit");
    try (EngineStream stream = engine.stream(request, /* headDeadline= */ null)) {
      JsonNode answer =
          dev.wings.core.json.Json.mapper()
              .readTree(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
      JsonNode code = answer == null ? null : answer.get("StatusCode");
      return code == null ? OptionalInt.empty() : OptionalInt.of(code.asInt());
    }
  }

  /// Sends a signal; returns false when there is no running process to send it to.
  boolean signal(String id, String signal) {
    try {
      commands.run(KILL, docker -> docker.killContainerCmd(id).withSignal(signal).exec());
      return true;
    } catch (EngineException e) {
      if (e.notFound() || e.status() == 409 || notRunning(e)) {
        return false;
      }
      throw e;
    }
  }

  private static boolean notRunning(EngineException e) {
    return e.failure() == Failure.REFUSED
        && (e.getMessage().contains("is not running")
            || e.getMessage().contains("can only kill running containers"));
  }

  /// Stops with the image's stop signal and waits without limit.
  void stop(String id) throws IOException {
    int seconds = engine.version().podman() ? FOREVER_FOR_PODMAN : -1;
    EngineRequest request =
        EngineRequest.post("/containers/" + id + "/stop").query("t", Integer.toString(seconds));
    try (EngineStream stream = engine.stream(request, /* headDeadline= */ null)) {
      stream.readAllBytes();
    } catch (EngineException e) {
      if (!e.notFound()) {
        throw e;
      }
    }
  }

  /// @param limits fills in what changes
  void update(String id, UnaryOperator<UpdateContainerCmd> limits) {
    try {
      commands.run(
          EngineClient.QUICK, docker -> limits.apply(docker.updateContainerCmd(id)).exec());
    } catch (EngineException e) {
      if (e.notFound() && engine.version().podman() && e.getMessage().equals("Not Found")) {
        throw new WingsException(
            ErrorKind.UNSUPPORTED,
            "this version of Podman cannot change the limits of a running container",
            e);
      }
      throw e;
    }
  }

  /// Removes by force. Success is that the container is gone, whoever removed it (`containers.md`
  /// 20).
  public void remove(String id) {
    try {
      String segment = EngineRequest.segment(id); // the one command that does not encode it
      commands.run(
          EngineClient.WORK, docker -> docker.removeContainerCmd(segment).withForce(true).exec());
    } catch (EngineException e) {
      if (!e.notFound() && !goneSoon(id, e)) {
        throw e;
      }
    }
  }

  /// Looks whether it is gone in spite of the error; a removal by someone else may still be going
  /// on.
  private boolean goneSoon(String id, EngineException removal) {
    long end = System.nanoTime() + REMOVAL_IN_PROGRESS.toNanos();
    while (true) {
      try {
        if (inspect(id).phase() == Inspection.Phase.MISSING) {
          return true;
        }
      } catch (EngineException e) {
        removal.addSuppressed(e);
        return false;
      }
      if (removal.status() != 409 || System.nanoTime() > end) {
        return false;
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  /// The engine's list of the containers with our label that run or pause.
  JsonNode running() {
    return engine.read(
        EngineRequest.get("/containers/json")
            .query(
                "filters", "{\"label\":[\"ContainerType\"],\"status\":[\"running\",\"paused\"]}"),
        EngineClient.QUICK);
  }

  /// Lists containers with the engine's filters, which are only a first sieve.
  List<Container> list(boolean all, Map<String, List<String>> filters) {
    return commands.ask(docker -> {
      ListContainersCmd command = docker.listContainersCmd().withShowAll(all);
      filters.forEach(command::withFilter);
      return command.exec();
    });
  }

  /// The stored log, framed unless the container has a terminal.
  EngineStream logs(String id, OptionalInt tail) {
    return engine.stream(
        EngineRequest.get("/containers/" + id + "/logs")
            .query("follow", "false")
            .query("stdout", "true")
            .query("stderr", "true")
            .query("timestamps", "false")
            .query("tail", tail.isPresent() ? Integer.toString(tail.getAsInt()) : "all"),
        EngineClient.QUICK);
  }
}
