package dev.wings.daemon.http;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// All routes of the daemon. The same list finds the handler of a request and writes
/// `openapi.json`, so neither can know a route that the other does not. Immutable.
public final class RouteTable {
  private final List<Route> routes;
  private final Node root = new Node("");

  /// @throws IllegalStateException when a route declares no credential or no handler, has a body it
  ///   cannot have, or stands twice: the daemon does not start with such a table
  public RouteTable(Collection<Route> routes) {
    this.routes = List.copyOf(routes);
    for (Route route : this.routes) {
      check(route);
      insert(route);
    }
  }

  /// In order of declaration.
  public List<Route> routes() {
    return routes;
  }

  /// Where a path leads: its routes by method and the values of its variables.
  ///
  /// @param variables decoded values in order of the template's `{name}` segments
  record Match(Map<String, Route> byMethod, List<String> variables) {
    @Nullable Route route(String method) {
      Route exact = byMethod.get(method);
      return exact != null || !method.equals("HEAD") ? exact : byMethod.get("GET");
    }

    /// Value of the `Allow` header.
    String allow() {
      List<String> methods = new ArrayList<>(byMethod.keySet());
      if (byMethod.containsKey("GET") && !byMethod.containsKey("HEAD")) {
        methods.add(methods.indexOf("GET") + 1, "HEAD");
      }
      methods.add("OPTIONS");
      return String.join(", ", methods);
    }
  }

  /// Finds the routes of a decoded path, literal segments before variables; null when there are
  /// none.
  @Nullable Match find(List<String> segments) {
    List<String> variables = new ArrayList<>(2);
    Node node = walk(root, segments, 0, variables);
    return node == null ? null : new Match(node.byMethod, variables);
  }

  private static @Nullable Node walk(
      Node node, List<String> segments, int depth, List<String> variables) {
    if (depth == segments.size()) {
      return node.byMethod.isEmpty() ? null : node;
    }
    Node literal = node.literals.get(segments.get(depth));
    if (literal != null) {
      Node found = walk(literal, segments, depth + 1, variables);
      if (found != null) {
        return found;
      }
    }
    Node variable = node.variable;
    if (variable == null || segments.get(depth).isEmpty()) {
      return null;
    }
    variables.add(segments.get(depth));
    Node found = walk(variable, segments, depth + 1, variables);
    if (found == null) {
      variables.removeLast();
    }
    return found;
  }

  /// Names of the `{name}` segments, in order.
  static List<String> variableNames(String template) {
    List<String> names = new ArrayList<>();
    for (String segment : segments(template)) {
      if (segment.startsWith("{")) {
        names.add(segment.substring(1, segment.length() - 1));
      }
    }
    return names;
  }

  private static void check(Route route) {
    if (route.access() == null) {
      throw new IllegalStateException("route declares no credential: " + route);
    }
    switch (route.endpoint()) {
      case Route.Endpoint.Missing _ ->
          throw new IllegalStateException("route has no handler: " + route);
      case Route.Endpoint.Inline _ -> {
        if (route.body() != Route.Body.NONE || route.access() instanceof Access.Signed) {
          throw new IllegalStateException("inline route cannot have a body or wait: " + route);
        }
      }
      case Route.Endpoint.WebSocket _ -> {
        if (!route.method().equals("GET") || route.body() != Route.Body.NONE) {
          throw new IllegalStateException("a websocket route is a GET without body: " + route);
        }
      }
      case Route.Endpoint.Waiting _ -> {
        if (route.access() instanceof Access.Signed && buffered(route.body())) {
          throw new IllegalStateException("a signed token is checked before any body: " + route);
        }
      }
    }
  }

  private static boolean buffered(Route.Body body) {
    return body == Route.Body.STRUCTURED || body == Route.Body.LENIENT;
  }

  /// None for the root.
  private static List<String> segments(String template) {
    return template.equals("/") ? List.of() : List.of(template.substring(1).split("/", -1));
  }

  private void insert(Route route) {
    Node node = root;
    for (String segment : segments(route.template())) {
      if (!segment.startsWith("{")) {
        node = node.literals.computeIfAbsent(segment, Node::new);
        continue;
      }
      Node variable = node.variable;
      if (variable == null) {
        variable = new Node(segment);
        node.variable = variable;
      } else if (!variable.segment.equals(segment)) {
        throw new IllegalStateException("variable named " + variable.segment + " in " + route);
      }
      node = variable;
    }
    if (node.byMethod.putIfAbsent(route.method(), route) != null) {
      throw new IllegalStateException("route declared twice: " + route);
    }
  }

  private static final class Node {
    final String segment;
    final Map<String, Node> literals = new HashMap<>();
    final Map<String, Route> byMethod = new TreeMap<>();
    @Nullable Node variable;

    Node(String segment) {
      this.segment = segment;
    }
  }
}
