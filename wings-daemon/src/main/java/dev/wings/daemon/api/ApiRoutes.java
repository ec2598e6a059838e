package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.token.UseCounter;
import dev.wings.daemon.api.files.FileRoutes;
import dev.wings.daemon.api.files.SignedLinks;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.OpenApi;
import dev.wings.daemon.http.PreparedDocument;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.http.RouteTable;
import java.util.ArrayList;
import java.util.List;

/// All routes that the daemon serves.
public final class ApiRoutes {
  private ApiRoutes() {}

  /// Builds the table; `openapi.json` is part of it unless the configuration says otherwise.
  ///
  /// @throws IllegalStateException when a route declares no credential
  public static RouteTable table(ApiPorts ports) {
    SignedLinks links = links(ports);
    List<Route> routes = new ArrayList<>();
    routes.addAll(new SystemRoutes(ports).routes());
    routes.addAll(new NodeLogRoutes(ports.config()).routes());
    routes.addAll(new ResticRoutes(ports.restic()).routes());
    routes.addAll(TundraRoutes.routes());
    routes.addAll(new ServerRoutes(ports.servers(), new GameVersions()).routes());
    routes.addAll(
        FileRoutes.routes(
            ports.config(),
            ports.pulls(),
            ports.revisions(),
            ports.views(),
            ports.archives(),
            links,
            ports.clock(),
            ports.servers()));
    routes.addAll(new BackupRoutes(ports.backups(), ports.servers()).routes());
    routes.addAll(
        FileRoutes.backupRoutes(
            ports.config(),
            ports.revisions(),
            ports.views(),
            ports.archives(),
            links,
            ports.clock(),
            ports.servers(),
            ports.backups()));
    routes.addAll(new WebsocketAdminRoutes(ports.access()).routes());
    routes.addAll(new TunnelRoutes(ports.engine()).routes());
    routes.add(
        Route.get("/api/servers/{server}/ws")
            .access(Access.IN_BAND)
            .summary("Console and events of a server")
            .upgrade(ports.console()));
    WingsConfig config = ports.config().current();
    if (!config.api().disableOpenapiDocs()) {
      addDocument(config.appName(), routes);
    }
    return new RouteTable(routes);
  }

  private static SignedLinks links(ApiPorts ports) {
    UseCounter uses =
        new UseCounter(() -> ports.config().current().api().maxJwtUses(), System::nanoTime);
    return new SignedLinks(ports.servers(), ports.tokens(), uses);
  }

  private static void addDocument(String appName, List<Route> routes) {
    Route placeholder = openApi(PreparedDocument.of(JsonNodeFactory.instance.objectNode()));
    List<Route> documented = new ArrayList<>(routes);
    documented.add(placeholder);
    routes.add(openApi(PreparedDocument.of(OpenApi.document(appName, documented))));
  }

  private static Route openApi(PreparedDocument document) {
    return Route.get("/openapi.json")
        .access(Access.PUBLIC)
        .summary("This document")
        .handleInline(_ -> new Response.Prepared(200, document));
  }
}
