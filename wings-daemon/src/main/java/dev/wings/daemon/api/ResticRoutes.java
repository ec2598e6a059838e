package dev.wings.daemon.api;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import java.util.ArrayList;
import java.util.List;

/// Maintenance of restic repositories (`http-api.md` 6.10). This node has no restic driver, so no
/// task ever finished, and none can be started.
final class ResticRoutes {
  private static final List<String> TASKS = List.of("prune", "stats", "unlock");

  private ResticRoutes() {}

  static List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    for (String task : TASKS) {
      String template = "/api/system/restic/" + task;
      routes.add(
          Route.get(template)
              .access(Access.NODE_TOKEN)
              .summary("Result of the last restic " + task)
              .handle(_ -> lastResult(task)));
      routes.add(
          Route.post(template)
              .access(Access.NODE_TOKEN)
              .body(Route.Body.STRUCTURED)
              .summary("Runs restic " + task)
              .handle(ResticRoutes::start));
    }
    return routes;
  }

  private static Response lastResult(String task) {
    throw WingsException.notFound("no restic " + task + " result available yet");
  }

  private static Response start(Request request) {
    request.document(); // a malformed body is still the caller's mistake
    throw new WingsException(ErrorKind.UNSUPPORTED, "restic is not available on this node");
  }
}
