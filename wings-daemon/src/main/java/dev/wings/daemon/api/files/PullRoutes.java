package dev.wings.daemon.api.files;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.OperationStatus;
import dev.wings.core.operation.Operations;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.pull.CreateException;
import dev.wings.fs.pull.PullRequest;
import dev.wings.fs.pull.Pulls;
import dev.wings.fs.pull.UrlInfo;
import dev.wings.fs.view.FileViews;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Downloads from URLs into a server's files (`http-api.md` 8.15 to 8.18).
final class PullRoutes {
  private static final String PULL = FileRoutes.FILES + "/pull";
  private static final Logger log = LoggerFactory.getLogger(PullRoutes.class);

  private final FileContext context;
  private final Pulls pulls;

  PullRoutes(FileContext context, Pulls pulls) {
    this.context = context;
    this.pulls = pulls;
  }

  List<Route> routes() {
    return List.of(
        Route.get(PULL)
            .access(Access.NODE_TOKEN)
            .summary("Running downloads")
            .handleInline(PullRoutes::list),
        Route.post(PULL)
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Downloads a URL into the server's files")
            .handle(this::pull),
        Route.post(PULL + "/query")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Name and size of what a URL leads to")
            .handle(this::query),
        Route.delete(PULL + "/{pull}")
            .access(Access.NODE_TOKEN)
            .summary("Aborts a download")
            .handle(PullRoutes::abort));
  }

  /// @param root null is the server's root
  record PullBody(
      @JsonAlias("directory") @Nullable String root,
      @Nullable String url,
      @Nullable String fileName,
      @Nullable Boolean useHeader,
      @Nullable Boolean foreground) {
    PullBody {
      BodyFields.required(url, "url");
    }

    PullRequest request(FileViews views) {
      return new PullRequest(
          root == null ? "" : root,
          BodyFields.required(url, "url"),
          fileName,
          Boolean.TRUE.equals(useHeader),
          views);
    }
  }

  record QueryBody(@Nullable String url) {
    QueryBody {
      BodyFields.required(url, "url");
    }
  }

  private static Response list(Request request) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode downloads = answer.putArray("downloads");
    for (OperationStatus status : request.server().operations().list()) {
      if (status.operation() instanceof Operation.Pull pull) {
        downloads
            .addObject()
            .put("identifier", status.id().toString())
            .put("destination", "/" + pull.destinationPath())
            .put("progress", status.bytesProcessed())
            .put("total", status.bytesTotal());
      }
    }
    return Response.ok(answer);
  }

  private Response pull(Request request) throws IOException, InterruptedException {
    PullBody body = request.body(PullBody.class);
    FileViews views = FileRequest.ofBody(context, request, "path not found").views();
    Operations.Running<String> running;
    try {
      running = pulls.start(request.server(), body.request(views));
    } catch (CreateException refused) {
      throw failed(request, "failed to create pull: ", refused);
    }
    if (!BodyFields.flag(body.foreground(), false)) {
      return OperationAnswers.accepted(running);
    }
    try {
      OperationAnswers.await(running, "pull aborted by another source", Operations::message);
    } catch (WingsException failure) {
      throw failure.kind() == ErrorKind.INTERNAL
          ? new WingsException(ErrorKind.IMPOSSIBLE, "failed to pull file", failure)
          : failure;
    }
    return Response.done();
  }

  private Response query(Request request) throws InterruptedException {
    UrlInfo info;
    try {
      info = pulls.query(BodyFields.required(request.body(QueryBody.class).url(), "url"));
    } catch (CreateException refused) {
      throw failed(request, "", refused);
    }
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("file_name", info.fileName().orElse(null));
    answer.put("file_size", info.fileSize().isPresent() ? info.fileSize().getAsLong() : null);
    answer.put("final_url", info.finalUrl());
    ObjectNode headers = answer.putObject("headers");
    info.headers().forEach(headers::put);
    return Response.ok(answer);
  }

  private static WingsException failed(Request request, String prefix, CreateException refused) {
    log.atDebug()
        .addKeyValue("server", request.server().id())
        .addKeyValue("reason", refused.getMessage())
        .setCause(refused)
        .log("download refused");
    return new WingsException(ErrorKind.IMPOSSIBLE, prefix + refused.getMessage(), refused);
  }

  private static Response abort(Request request) {
    UUID id = OperationRoutes.identifier(request, "pull");
    Operations operations = request.server().operations();
    boolean pull =
        operations.find(id).filter(s -> s.operation() instanceof Operation.Pull).isPresent();
    if (!pull || !operations.abort(id)) {
      throw WingsException.notFound("pull not found");
    }
    return Response.done();
  }
}
