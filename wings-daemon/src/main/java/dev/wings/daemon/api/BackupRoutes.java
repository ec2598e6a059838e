package dev.wings.daemon.api;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.backup.BackupService;
import dev.wings.backup.BackupTask;
import dev.wings.backup.catalog.CatalogEntry;
import dev.wings.backup.driver.Verification;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.operation.Progress;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.daemon.api.files.OwnThread;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// Makes, restores, deletes and describes backups (`http-api.md` 9, 13.3). What is started begins
/// when its answer has left: the Panel refuses a result that overtakes it.
final class BackupRoutes {
  private static final String OF_SERVER = "/api/servers/{server}/backup";
  private static final String BACKUP = "/api/backups/{backup}";

  private final BackupService backups;
  private final Servers servers;

  BackupRoutes(BackupService backups, Servers servers) {
    this.backups = backups;
    this.servers = servers;
  }

  List<Route> routes() {
    return List.of(
        Route.post(OF_SERVER)
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Makes a backup of a server")
            .handle(this::create),
        Route.delete(OF_SERVER + "/{backup}")
            .access(Access.NODE_TOKEN)
            .summary("Deletes a backup of a server")
            .handle(this::deleteOfServer),
        Route.post(OF_SERVER + "/{backup}/restore")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Puts the files of a backup back")
            .handle(this::restore),
        Route.get("/api/backups")
            .access(Access.NODE_TOKEN)
            .summary("Backups that this node made or is making")
            .handle(_ -> list()),
        Route.delete(BACKUP)
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Deletes a backup")
            .handle(this::delete),
        Route.get(BACKUP + "/query")
            .access(Access.NODE_TOKEN)
            .query("adapter")
            .summary("Format and size of a backup that is one file")
            .handle(this::query),
        Route.post(BACKUP + "/verify")
            .access(Access.NODE_TOKEN)
            .summary("Reads all of a backup and tells what is wrong with it")
            .handle(this::verify),
        database("/api/servers/{server}/database-backup"),
        database("/api/servers/{server}/database_backup"));
  }

  private Response create(Request request) {
    Bodies.CreateBackup body = request.body(Bodies.CreateBackup.class);
    BackupTask task =
        backups.create(
            request.server(),
            requireNonNull(body.uuid()),
            body.kind(),
            requireNonNull(body.ignore()));
    return Response.accepted(task::begin);
  }

  private Response deleteOfServer(Request request) {
    return Response.accepted(backups.deleteOf(request.server(), id(request))::begin);
  }

  private Response restore(Request request) {
    UUID backup = id(request);
    Bodies.RestoreBackup body = request.body(Bodies.RestoreBackup.class);
    String url = requireNonNull(body.downloadUrl());
    if (body.kind() == BackupAdapter.S3 && url.isEmpty()) {
      throw new ApiException(400, "unable to restore s3 backup without download_url");
    }
    BackupTask task =
        backups.restore(
            request.server(),
            backup,
            body.kind(),
            Boolean.TRUE.equals(body.truncateDirectory()),
            url.isEmpty() ? Optional.empty() : Optional.of(uri(url)));
    return Response.accepted(task::begin);
  }

  private static URI uri(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException malformed) {
      throw new ApiException(400, "invalid payload: download_url is not a URL");
    }
  }

  private Response delete(Request request) throws InterruptedException {
    UUID backup = id(request);
    Bodies.DeleteBackup body = request.body(Bodies.DeleteBackup.class);
    Optional<Server> server = Optional.ofNullable(body.server()).flatMap(servers::find);
    if (!Boolean.TRUE.equals(body.foreground())) {
      return Response.accepted(backups.delete(backup, body.kind(), server)::begin);
    }
    BackupTask task = backups.deleteUntold(backup, body.kind());
    task.begin();
    if (!task.await()) {
      throw new ApiException(500, "failed to delete backup");
    }
    return Response.done();
  }

  private Response list() {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode all = answer.putArray("backups");
    for (CatalogEntry entry : backups.catalog()) {
      ObjectNode json = all.addObject();
      json.put("uuid", entry.backup().toString());
      json.put("server", entry.server().toString());
      json.put("adapter", entry.adapter().wireName());
      json.put("state", entry.state().name().toLowerCase(Locale.ROOT));
      json.put("size", entry.result().map(BackupResult::size).orElse(null));
      json.put("checksum", entry.result().map(BackupResult::checksum).orElse(null));
      json.put("changed", entry.changed().toString());
      json.put("verified", entry.verified().map(Instant::toString).orElse(null));
    }
    return Response.ok(answer);
  }

  private Response query(Request request) {
    UUID backup = id(request);
    BackupAdapter adapter =
        BackupAdapter.parse(
                request
                    .query("adapter")
                    .orElseThrow(
                        () -> new ApiException(400, "invalid query string: missing field adapter")))
            .orElseThrow(() -> new ApiException(400, "invalid query string: unknown adapter"));
    if (adapter == BackupAdapter.S3) {
      throw new ApiException(500, "s3 backups cannot be queried");
    }
    BackupService.Description found = backups.query(backup, adapter);
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    found
        .format()
        .ifPresentOrElse(
            format -> answer.put("archive_format", format.wireName()),
            () -> answer.putNull("archive_format"));
    found.size().ifPresentOrElse(size -> answer.put("size", size), () -> answer.putNull("size"));
    return Response.ok(answer);
  }

  private Response verify(Request request) throws IOException {
    UUID backup = id(request);
    Progress progress = new Progress();
    Verification found =
        OwnThread.run(
            "wings-backup-verify-" + backup,
            () -> backups.verify(backup, progress),
            () -> {
              if (request.clientGone()) {
                progress.cancel();
              }
            });
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("sound", found.sound()).put("files", found.files()).put("bytes", found.bytes());
    found.faults().forEach(answer.putArray("faults")::add);
    return Response.ok(answer);
  }

  /// Both spellings, as nobody knows which one Panels will use. What cannot be meant is refused as
  /// such; the rest is not built.
  private static Route database(String template) {
    return Route.post(template)
        .access(Access.NODE_TOKEN)
        .body(Route.Body.STRUCTURED)
        .summary("Refused: this build keeps no backups of databases")
        .handle(request -> {
          request.body(Bodies.DatabaseBackup.class);
          throw new WingsException(
              ErrorKind.UNSUPPORTED, "backups of databases are not supported by this build");
        });
  }

  /// The id in its 36-character form only (`threats.md` BK-01).
  private static UUID id(Request request) {
    String text = request.pathVariable("backup");
    try {
      UUID id = UUID.fromString(text);
      if (id.toString().equalsIgnoreCase(text)) {
        return id;
      }
    } catch (IllegalArgumentException noId) {
      // refused below together with shortened forms
    }
    throw new ApiException(400, "invalid path parameter: backup is not a uuid");
  }
}
