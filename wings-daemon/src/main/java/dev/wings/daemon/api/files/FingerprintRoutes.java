package dev.wings.daemon.api.files;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.operation.Progress;
import dev.wings.core.volume.FileWork;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.hash.FingerprintAlgorithm;
import dev.wings.fs.hash.Fingerprints;
import dev.wings.fs.tree.WalkCancelledException;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Fingerprints of files (`http-api.md` 8.20).
final class FingerprintRoutes {
  private final FileContext context;

  FingerprintRoutes(FileContext context) {
    this.context = context;
  }

  List<Route> routes() {
    return List.of(
        Route.get(FileRoutes.FILES + "/fingerprints")
            .access(Access.NODE_TOKEN)
            .query("algorithm", "files", "root", "ignored")
            .summary("Hashes of files")
            .handle(this::fingerprints));
  }

  private Response fingerprints(Request request) throws IOException, InterruptedException {
    FingerprintAlgorithm algorithm =
        request
            .query("algorithm")
            .flatMap(FingerprintAlgorithm::fromWire)
            .orElseThrow(() ->
                WingsException.invalid("invalid query string: algorithm is missing or unknown"));
    List<String> names = request.queryAll("files");
    if (names.isEmpty()) {
      throw WingsException.invalid("invalid query string: missing field files");
    }
    FileRequest files = FileRequest.ofQuery(context, request, "file not found");
    NamedEntries entries = new NamedEntries(files, request.query("root").orElse(""));
    Progress progress = new Progress();
    try {
      Map<String, String> found =
          request
              .server()
              .onFiles(
                  FileWork.Kind.HEAVY,
                  () -> progress.files() + progress.bytes(),
                  () ->
                      Fingerprints.of(
                          places(entries, names),
                          algorithm,
                          context.config().current().api().fileFingerprintThreads(),
                          progress,
                          request::clientGone));
      ObjectNode answer = JsonNodeFactory.instance.objectNode();
      ObjectNode values = answer.putObject("fingerprints");
      found.forEach(values::put);
      return Response.ok(answer);
    } catch (WalkCancelledException gone) {
      throw new ApiException(417, "client went away");
    }
  }

  private static Map<String, Location> places(NamedEntries entries, List<String> names) {
    Map<String, Location> places = new LinkedHashMap<>();
    for (String name : names) {
      entries.forReading(name).ifPresent(place -> places.put(name, place));
    }
    return places;
  }
}
