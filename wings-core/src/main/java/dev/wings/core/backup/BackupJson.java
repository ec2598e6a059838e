package dev.wings.core.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.util.ArrayList;
import java.util.List;

/// The wire form of results (`panel-remote-api.md` 2.16). All members are always there: the Panel
/// refuses a result that lacks one.
public final class BackupJson {
  private BackupJson() {}

  public static ObjectNode write(boolean successful, BackupResult result) {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("checksum", result.checksum());
    json.put("checksum_type", result.checksumType());
    json.put("size", result.size());
    json.put("files", result.files());
    json.put("successful", successful);
    json.put("browsable", result.browsable());
    json.put("streaming", result.streaming());
    ArrayNode parts = json.putArray("parts");
    for (BackupPart part : result.parts()) {
      parts.addObject().put("etag", part.etag()).put("part_number", part.number());
    }
    return json;
  }

  /// The result in what [#write] made; whether it was successful is the member of that name.
  public static BackupResult read(JsonNode json) {
    List<BackupPart> parts = new ArrayList<>();
    for (JsonNode part : json.path("parts")) {
      parts.add(new BackupPart(part.path("etag").asText(), part.path("part_number").asInt()));
    }
    return new BackupResult(
        json.path("checksum_type").asText(),
        json.path("checksum").asText(),
        json.path("size").asLong(),
        json.path("files").asLong(),
        json.path("browsable").asBoolean(),
        json.path("streaming").asBoolean(),
        parts);
  }
}
