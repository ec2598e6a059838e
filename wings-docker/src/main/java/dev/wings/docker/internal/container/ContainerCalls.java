package dev.wings.docker.internal.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.internal.engine.EngineDuplex;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import dev.wings.docker.internal.engine.EngineRequest;
import dev.wings.docker.internal.engine.EngineStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/// The engine's container calls, typed. Stateless; each call blocks and throws [EngineException].
public final class ContainerCalls {
  private static final Duration KILL = Duration.ofSeconds(10);
  private static final Duration ATTACH = Duration.ofSeconds(15);
  private static final Duration REMOVAL_IN_PROGRESS = Duration.ofSeconds(10);
  private static final int FOREVER_FOR_PODMAN = 365 * 24 * 3600; // it refuses -1

  private final EngineClient engine;

  public ContainerCalls(EngineClient engine) {
    this.engine = engine;
  }

  EngineClient engine() {
    return engine;
  }

  /// Creates and returns the id.
  String create(String name, ObjectNode body) {
    return engine
        .call(EngineRequest.post("/containers/create", body).query("name", name), EngineClient.WORK)
        .path("Id")
        .asText();
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
    engine.call(EngineRequest.post("/containers/" + id + "/start"), EngineClient.WORK);
  }

  /// Inspects; a container that the engine does not know is an answer, not an error.
  Inspection inspect(String id) {
    try {
      return Inspection.of(
          engine.read(EngineRequest.get("/containers/" + id + "/json"), EngineClient.QUICK));
    } catch (EngineException e) {
      if (e.notFound()) {
        return Inspection.missing(id);
      }
      throw e;
    }
  }

  /// The raw inspect of a container by name or id.
  public JsonNode inspectRaw(String nameOrId) {
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
      engine.call(EngineRequest.post("/containers/" + id + "/kill").query("signal", signal), KILL);
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

  void update(String id, ObjectNode limits) {
    try {
      engine.call(EngineRequest.post("/containers/" + id + "/update", limits), EngineClient.QUICK);
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
      engine.call(
          EngineRequest.delete("/containers/" + EngineRequest.segment(id)).query("force", "true"),
          EngineClient.WORK);
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

  /// Lists containers with the engine's filters, which are only a first sieve.
  public JsonNode list(boolean all, java.util.Map<String, List<String>> filters) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    filters.forEach((key, values) -> values.forEach(node.withArray("/" + key)::add));
    return engine.read(
        EngineRequest.get("/containers/json")
            .query("all", Boolean.toString(all))
            .query("filters", node.toString()),
        EngineClient.QUICK);
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
