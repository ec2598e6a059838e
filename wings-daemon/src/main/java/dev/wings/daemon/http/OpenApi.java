package dev.wings.daemon.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/// Writes the OpenAPI 3.1 document of a list of routes (`http-api.md` 1.3).
public final class OpenApi {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String SCHEME = "api_key";

  private OpenApi() {}

  /// @param appName `app_name` of the configuration
  public static ObjectNode document(String appName, List<Route> routes) {
    ObjectNode document = NODES.objectNode().put("openapi", "3.1.0");
    document.putObject("info").put("title", appName + " Wings API").put("version", "1.0.0");
    ObjectNode paths = document.putObject("paths");
    for (Route route : routes) {
      paths
          .withObjectProperty(route.template())
          .set(route.method().toLowerCase(Locale.ROOT), operation(route));
    }
    ObjectNode components = document.putObject("components");
    components
        .putObject("securitySchemes")
        .putObject(SCHEME)
        .put("type", "apiKey")
        .put("in", "header")
        .put("name", "Authorization");
    ObjectNode error = components.putObject("schemas").putObject("ApiError");
    error.put("type", "object").putArray("required").add("error");
    error.putObject("properties").putObject("error").put("type", "string");
    return document;
  }

  /// Lower-case method and path, slashes as underscores, without braces.
  static String operationId(Route route) {
    return route.method().toLowerCase(Locale.ROOT)
        + route.template().replace('/', '_').replace("{", "").replace("}", "");
  }

  private static ObjectNode operation(Route route) {
    ObjectNode operation = NODES.objectNode().put("operationId", operationId(route));
    if (!route.summary().isEmpty()) {
      operation.put("summary", route.summary());
    }
    ArrayNode parameters = NODES.arrayNode();
    for (String name : RouteTable.variableNames(route.template())) {
      ObjectNode parameter = parameters.addObject();
      parameter.put("name", name).put("in", "path").put("required", true);
      ObjectNode schema = parameter.putObject("schema").put("type", "string");
      if (name.equals("server")) {
        schema.put("format", "uuid");
      }
    }
    for (String name : route.queryParameters()) {
      ObjectNode parameter = parameters.addObject();
      parameter.put("name", name).put("in", "query").put("required", false);
      parameter.putObject("schema").put("type", "string");
    }
    if (!parameters.isEmpty()) {
      operation.set("parameters", parameters);
    }
    addBody(operation, route);
    addResponses(operation, route);
    if (!(route.access() instanceof Access.Public || route.access() instanceof Access.InBand)) {
      operation.putArray("security").addObject().putArray(SCHEME);
    }
    return operation;
  }

  private static void addBody(ObjectNode operation, Route route) {
    switch (route.body()) {
      case NONE -> {}
      case STRUCTURED, LENIENT -> {
        ObjectNode content = operation.putObject("requestBody").putObject("content");
        for (Representation form : Representation.values()) {
          content.putObject(form.mediaType()).putObject("schema").put("type", "object");
        }
      }
      case STREAM -> operation.putObject("requestBody").putObject("content").putObject("*/*");
    }
  }

  private static void addResponses(ObjectNode operation, Route route) {
    ObjectNode responses = operation.putObject("responses");
    if (route.endpoint() instanceof Route.Endpoint.WebSocket) {
      responses.putObject("101").put("description", "switches to a websocket");
    } else {
      responses.putObject("2XX").put("description", "success");
    }
    ObjectNode failure = responses.putObject("default").put("description", "failure");
    failure
        .putObject("content")
        .putObject(Representation.JSON.mediaType())
        .putObject("schema")
        .put("$ref", "#/components/schemas/ApiError");
  }
}
