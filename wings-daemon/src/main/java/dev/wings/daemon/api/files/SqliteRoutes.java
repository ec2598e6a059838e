package dev.wings.daemon.api.files;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.volume.FileWork;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.sqlite.QueryException;
import dev.wings.fs.sqlite.QueryResultSet;
import dev.wings.fs.sqlite.QueryValue;
import dev.wings.fs.sqlite.SqliteQueries;
import dev.wings.fs.sqlite.SqliteQueries.Query;
import dev.wings.fs.view.Location;
import dev.wings.fs.volume.Volume;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Queries on databases among a server's files (`http-api.md` 8.29).
final class SqliteRoutes {
  private static final String NOT_FOUND = "file not found";
  private static final int DEFAULT_ROWS = 100;

  private final FileContext context;
  private final SqliteQueries queries;

  SqliteRoutes(FileContext context, SqliteQueries queries) {
    this.context = context;
    this.queries = queries;
  }

  List<Route> routes() {
    return List.of(
        Route.post(FileRoutes.FILES + "/sqlite-query")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Runs statements on a SQLite database of the server")
            .handle(this::query));
  }

  /// @param readOnly true when missing
  /// @param rows most rows of one statement
  record Body(
      @Nullable String file,
      @Nullable String query,
      @Nullable Boolean readOnly,
      @Nullable Long rows) {
    Body {
      if (file == null) {
        throw WingsException.invalid("missing field file");
      }
      if (query == null) {
        throw WingsException.invalid("missing field query");
      }
      if (rows != null && rows < 0) {
        throw WingsException.invalid("rows is not an unsigned number");
      }
    }

    Query toQuery() {
      long wanted = rows == null ? DEFAULT_ROWS : rows;
      return new Query(
          String.valueOf(query),
          readOnly == null || readOnly,
          (int) Math.min(wanted, SqliteQueries.MAX_ROWS));
    }
  }

  private Response query(Request request) throws IOException, InterruptedException {
    Body body = request.body(Body.class);
    Query query = body.toQuery();
    FileRequest files = FileRequest.ofBody(context, request, NOT_FOUND);
    String file = String.valueOf(body.file());
    List<QueryResultSet> results =
        request
            .server()
            .onFiles(
                FileWork.Kind.TRANSFER,
                () ->
                    run(
                        files,
                        query.readOnly() ? files.file(file) : files.fileForWriting(file),
                        query));
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.set("results", Response.array(results.stream().map(SqliteRoutes::json).toList()));
    return Response.ok(answer);
  }

  private List<QueryResultSet> run(FileRequest files, Location location, Query query)
      throws IOException, InterruptedException {
    if (!location.view().primary() || !(files.server().volume() instanceof Volume volume)) {
      throw WingsException.impossible("database must be on the server's own filesystem");
    }
    if (location.hidden()) {
      throw files.notFound();
    }
    try {
      return queries.run(volume, location.path(), query);
    } catch (NoSuchFileException | NotDirectoryException absent) {
      throw files.notFound();
    } catch (QueryException failure) {
      throw new ApiException(
          switch (failure.reason()) {
            case REFUSED -> 400;
            case TIMEOUT -> 408;
          },
          failure.getMessage());
    }
  }

  private static ObjectNode json(QueryResultSet set) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    ArrayNode columns = document.putArray("columns");
    for (QueryResultSet.Column column : set.columns()) {
      columns
          .addObject()
          .put("name", column.name())
          .put("type_name", column.typeName())
          .put("binary", column.binary());
    }
    ArrayNode rows = document.putArray("rows");
    for (List<QueryValue> row : set.rows()) {
      ArrayNode values = rows.addArray();
      row.forEach(value -> values.add(json(value)));
    }
    return document.put("rows_affected", set.rowsAffected()).put("truncated", set.truncated());
  }

  private static ObjectNode json(QueryValue value) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    return switch (value) {
      case QueryValue.Null _ -> document.put("type", "null");
      case QueryValue.Text text ->
          document
              .put("type", "text")
              .put("value", text.value())
              .put("truncated", text.truncated());
      case QueryValue.Binary binary ->
          document
              .put("type", "binary")
              .put("value", binary.hex())
              .put("truncated", binary.truncated());
    };
  }
}
