package dev.wings.daemon.api.files;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.operation.OperationStatus;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import java.util.List;
import java.util.UUID;

/// Long work on a server's files: what runs, and ending it (`http-api.md` 8.25, 8.26).
final class OperationRoutes {
  private static final String OPERATIONS = FileRoutes.FILES + "/operations";

  private OperationRoutes() {}

  static List<Route> routes() {
    return List.of(
        Route.get(OPERATIONS)
            .access(Access.NODE_TOKEN)
            .summary("Running file operations")
            .handleInline(OperationRoutes::list),
        Route.delete(OPERATIONS + "/{operation}")
            .access(Access.NODE_TOKEN)
            .summary("Aborts a file operation")
            .handle(OperationRoutes::abort));
  }

  private static Response list(Request request) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode operations = answer.putArray("operations");
    for (OperationStatus status : request.server().operations().list()) {
      operations.add(status.toJson().put("identifier", status.id().toString()));
    }
    return Response.ok(answer);
  }

  private static Response abort(Request request) {
    if (!request.server().operations().abort(identifier(request, "operation"))) {
      throw WingsException.notFound("operation not found");
    }
    return Response.done();
  }

  /// A path variable that is an id, in its 36-character form only.
  static UUID identifier(Request request, String variable) {
    String text = request.pathVariable(variable);
    try {
      UUID id = UUID.fromString(text);
      if (id.toString().equalsIgnoreCase(text)) {
        return id;
      }
    } catch (IllegalArgumentException noId) {
      // refused below together with shortened forms
    }
    throw new ApiException(400, "invalid path parameter: " + variable + " is not a uuid");
  }
}
