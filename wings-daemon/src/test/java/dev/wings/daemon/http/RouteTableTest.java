package dev.wings.daemon.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.testing.Proves;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouteTableTest {
  private static Route route(Route declared) {
    return declared.access(Access.NODE_TOKEN).handle(_ -> Response.done());
  }

  private static RouteTable.Match match(RouteTable table, String path) {
    return requireNonNull(table.find(RequestTarget.parse(path).segments()));
  }

  @Test
  void literalSegmentsWinOverVariables() {
    RouteTable table =
        new RouteTable(
            List.of(
                route(Route.get("/api/servers/{server}")),
                route(Route.get("/api/servers/power")),
                route(Route.get("/api/servers/{server}/logs"))));

    assertThat(match(table, "/api/servers/power").byMethod().get("GET"))
        .hasToString("GET /api/servers/power");
    assertThat(match(table, "/api/servers/abc").variables()).containsExactly("abc");
    assertThat(match(table, "/api/servers/power/logs").variables()).containsExactly("power");
  }

  @Test
  void unknownPathsHaveNoMatch() {
    RouteTable table = new RouteTable(List.of(route(Route.get("/api/system"))));

    for (String path : List.of("/", "/api", "/api/system/", "/api/systems", "/api/system/x")) {
      assertThat(table.find(RequestTarget.parse(path).segments())).as(path).isNull();
    }
  }

  @Test
  void headIsServedByGetAndAllowNamesBoth() {
    RouteTable table = new RouteTable(List.of(route(Route.get("/a")), route(Route.delete("/a"))));
    RouteTable.Match match = match(table, "/a");

    assertThat(match.route("HEAD")).hasToString("GET /a");
    assertThat(match.route("POST")).isNull();
    assertThat(match.allow()).isEqualTo("DELETE, GET, HEAD, OPTIONS");
  }

  @Test
  @Proves("CF-01")
  void aRouteWithoutCredentialStopsTheStart() {
    Route undeclared = Route.post("/api/new").handle(_ -> Response.done());

    assertThatThrownBy(() -> new RouteTable(List.of(undeclared)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("POST /api/new")
        .hasMessageContaining("credential");
  }

  @Test
  void mistakesInTheTableStopTheStart() {
    Route good = route(Route.get("/a"));
    Route noHandler = Route.get("/b").access(Access.PUBLIC);
    Route inlineWithBody =
        Route.post("/c")
            .access(Access.PUBLIC)
            .body(Route.Body.STRUCTURED)
            .handleInline(_ -> Response.done());
    Route signedAfterBody =
        Route.post("/d")
            .access(Access.signed("scope", _ -> {}))
            .body(Route.Body.STRUCTURED)
            .handle(_ -> Response.done());

    assertThatThrownBy(() -> new RouteTable(List.of(good, good))).hasMessageContaining("twice");
    assertThatThrownBy(() -> new RouteTable(List.of(noHandler))).hasMessageContaining("handler");
    assertThatThrownBy(() -> new RouteTable(List.of(inlineWithBody)))
        .hasMessageContaining("inline");
    assertThatThrownBy(() -> new RouteTable(List.of(signedAfterBody)))
        .hasMessageContaining("before any body");
    assertThatThrownBy(() -> Route.get("/a/")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void openApiDescribesTheSameTable() {
    List<Route> routes =
        List.of(
            route(Route.get("/api/servers/{server}/files/list")).query("directory"),
            route(Route.post("/api/update").body(Route.Body.STRUCTURED)),
            Route.get("/openapi.json").access(Access.PUBLIC).handle(_ -> Response.done()));

    JsonNode document = OpenApi.document("Calagopus", routes);

    assertThat(document.at("/info/title").asText()).isEqualTo("Calagopus Wings API");
    assertThat(document.at("/info/version").asText()).isEqualTo("1.0.0");
    JsonNode list = document.at("/paths").path("/api/servers/{server}/files/list").path("get");
    assertThat(list.path("operationId").asText()).isEqualTo("get_api_servers_server_files_list");
    assertThat(list.at("/parameters/0/schema/format").asText()).isEqualTo("uuid");
    assertThat(list.path("security").isEmpty()).isFalse();
    assertThat(document.at("/paths").path("/openapi.json").path("get").has("security")).isFalse();
    assertThat(document.at("/components/securitySchemes/api_key/in").asText()).isEqualTo("header");
  }
}
