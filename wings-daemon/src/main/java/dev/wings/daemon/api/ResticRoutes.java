package dev.wings.daemon.api;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.backup.restic.ResticMaintenance;
import dev.wings.backup.restic.ResticMaintenance.Kind;
import dev.wings.backup.restic.ResticMaintenance.Result;
import dev.wings.backup.restic.ResticMaintenance.Task;
import dev.wings.core.WingsException;
import dev.wings.core.backup.ResticRepository;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Maintenance of restic repositories (`http-api.md` 6.10).
final class ResticRoutes {
  private final ResticMaintenance restic;

  ResticRoutes(ResticMaintenance restic) {
    this.restic = restic;
  }

  List<Route> routes() {
    return List.of(
        last(Kind.PRUNE),
        last(Kind.STATS),
        last(Kind.UNLOCK),
        run(Kind.PRUNE, Body::prune, /* foreground= */ false),
        run(Kind.STATS, Body::stats, /* foreground= */ false),
        run(Kind.UNLOCK, Body::unlock, /* foreground= */ true));
  }

  /// @param environment values of restic's variables, passwords among them
  record Configuration(
      @Nullable String repository,
      @Nullable String passwordFile,
      @Nullable Long retryLockSeconds,
      @Nullable Map<String, String> environment) {
    Configuration {
      Bodies.required(repository, "configuration.repository");
      environment = environment == null ? Map.of() : environment;
    }

    ResticRepository toRepository() {
      return new ResticRepository(
          requireNonNull(repository),
          Optional.ofNullable(passwordFile),
          retryLockSeconds == null ? 0 : Math.max(0, retryLockSeconds),
          requireNonNull(environment));
    }

    @Override
    public String toString() {
      return "Configuration";
    }
  }

  /// What any of the tasks may be told; each uses its own.
  record Body(
      @Nullable Configuration configuration,
      @Nullable Boolean foreground,
      @Nullable Boolean dryRun,
      @Nullable String mode,
      @Nullable Boolean removeAll) {
    private Optional<ResticRepository> repository() {
      return Optional.ofNullable(configuration).map(Configuration::toRepository);
    }

    Task prune() {
      return new ResticMaintenance.Prune(repository(), Bodies.flag(dryRun));
    }

    Task stats() {
      return new ResticMaintenance.Stats(repository(), requireNonNullElse(mode, "restore-size"));
    }

    Task unlock() {
      return new ResticMaintenance.Unlock(repository(), Bodies.flag(removeAll));
    }
  }

  private static String template(Kind kind) {
    return "/api/system/restic/" + kind.wireName();
  }

  private Route last(Kind kind) {
    return Route.get(template(kind))
        .access(Access.NODE_TOKEN)
        .summary("Result of the last restic " + kind.wireName())
        .handle(_ ->
            answer(
                restic
                    .last(kind)
                    .orElseThrow(() ->
                        WingsException.notFound(
                            "no restic " + kind.wireName() + " result available yet"))));
  }

  private Route run(Kind kind, Function<Body, Task> task, boolean foreground) {
    return Route.post(template(kind))
        .access(Access.NODE_TOKEN)
        .body(Route.Body.STRUCTURED)
        .summary("Runs restic " + kind.wireName())
        .handle(request -> run(request, task, foreground));
  }

  private Response run(Request request, Function<Body, Task> task, boolean foreground) {
    Body body = request.body(Body.class);
    Task asked = task.apply(body);
    if (requireNonNullElse(body.foreground(), foreground)) {
      return answer(restic.run(asked));
    }
    restic.start(asked);
    return Response.accepted();
  }

  private static Response answer(Result result) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ObjectNode json = answer.putObject("result");
    json.put("started", result.started().toString());
    json.put("finished", result.finished().toString());
    json.put("duration_ms", result.duration().toMillis());
    json.put("successful", result.successful());
    json.set("data", result.data());
    json.put("stderr", result.stderr());
    return Response.ok(answer);
  }
}
