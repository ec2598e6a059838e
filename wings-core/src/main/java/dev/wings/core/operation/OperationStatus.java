package dev.wings.core.operation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/// An operation at one moment.
///
/// @param bytesTotal expected bytes, 0 when unknown
public record OperationStatus(
    UUID id,
    Operation operation,
    Instant start,
    long bytesProcessed,
    long bytesTotal,
    long filesProcessed) {

  /// The operation object (`http-api.md` A.9), without the identifier.
  public ObjectNode toJson() {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("type", operation.wireName());
    switch (operation) {
      case Operation.Compress compress -> {
        json.put("path", compress.path());
        compress.files().forEach(json.putArray("files")::add);
        json.put("destination_path", compress.destinationPath());
      }
      case Operation.Decompress decompress ->
          json.put("path", decompress.path()).put("destination_path", decompress.destinationPath());
      case Operation.Pull pull -> json.put("destination_path", pull.destinationPath());
      case Operation.Copy copy ->
          json.put("path", copy.path()).put("destination_path", copy.destinationPath());
      case Operation.CopyMany many -> {
        json.put("path", many.path());
        ArrayNode files = json.putArray("files");
        many.files()
            .forEach(pair -> files.addObject().put("from", pair.from()).put("to", pair.to()));
      }
      case Operation.CopyRemote remote -> {
        json.put("server", remote.server().toString());
        json.put("path", remote.path());
        remote.files().forEach(json.putArray("files")::add);
        json.put("destination_server", remote.destinationServer().toString());
        json.put("destination_path", remote.destinationPath());
      }
      case Operation.ExportBackup export ->
          json.put("backup", export.backup().toString())
              .put("destination_path", export.destinationPath());
    }
    json.put("start_time", start.truncatedTo(ChronoUnit.MILLIS).toString());
    json.put("bytes_processed", bytesProcessed);
    json.put("bytes_total", bytesTotal);
    if (!(operation instanceof Operation.Pull) && !(operation instanceof Operation.ExportBackup)) {
      json.put("files_processed", filesProcessed);
    }
    return json;
  }
}
