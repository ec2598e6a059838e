package dev.wings.backup.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.backup.BackupAdapter;
import dev.wings.core.backup.BackupPart;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Entries as JSON.
final class EntryCodec {
  private EntryCodec() {}

  static ObjectNode write(CatalogEntry entry) {
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("backup", entry.backup().toString());
    node.put("server", entry.server().toString());
    node.put("adapter", entry.adapter().wireName());
    node.put("state", entry.state().storedName());
    node.put("owed", entry.owed());
    node.put("changed", entry.changed().toString());
    entry.verified().ifPresent(time -> node.put("verified", time.toString()));
    entry.result().ifPresent(result -> node.set("result", write(result)));
    return node;
  }

  private static ObjectNode write(BackupResult result) {
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("checksum_type", result.checksumType());
    node.put("checksum", result.checksum());
    node.put("size", result.size());
    node.put("files", result.files());
    node.put("browsable", result.browsable());
    node.put("streaming", result.streaming());
    ArrayNode parts = node.putArray("parts");
    result.parts().forEach(p -> parts.addObject().put("etag", p.etag()).put("number", p.number()));
    return node;
  }

  static ObjectNode write(RestoreEntry entry) {
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("server", entry.server().toString());
    node.put("backup", entry.backup().toString());
    node.put("adapter", entry.adapter().wireName());
    node.put("staging", entry.staging());
    node.put("done", entry.done());
    return node;
  }

  /// @throws IOException when a member is missing or has no meaning
  static CatalogEntry backup(JsonNode node) throws IOException {
    try {
      return new CatalogEntry(
          uuid(node, "backup"),
          uuid(node, "server"),
          adapter(node),
          Arrays.stream(CatalogEntry.State.values())
              .filter(state -> state.storedName().equals(node.path("state").asText()))
              .findFirst()
              .orElseThrow(() -> new IOException("unknown state " + node.path("state"))),
          node.has("result") ? Optional.of(result(node.get("result"))) : Optional.empty(),
          node.path("owed").asBoolean(),
          Instant.parse(node.path("changed").asText()),
          node.has("verified")
              ? Optional.of(Instant.parse(node.get("verified").asText()))
              : Optional.empty(),
          /* doubtful= */ false);
    } catch (IllegalArgumentException | DateTimeException strange) {
      throw new IOException("has a member without meaning", strange);
    }
  }

  private static BackupResult result(JsonNode node) {
    List<BackupPart> parts = new ArrayList<>();
    for (JsonNode part : node.path("parts")) {
      parts.add(new BackupPart(part.path("etag").asText(), part.path("number").asInt()));
    }
    return new BackupResult(
        node.path("checksum_type").asText(),
        node.path("checksum").asText(),
        node.path("size").asLong(),
        node.path("files").asLong(),
        node.path("browsable").asBoolean(),
        node.path("streaming").asBoolean(),
        parts);
  }

  /// @throws IOException when a member is missing or has no meaning
  static RestoreEntry restore(JsonNode node) throws IOException {
    try {
      return new RestoreEntry(
          uuid(node, "server"),
          uuid(node, "backup"),
          adapter(node),
          node.path("staging").asText(),
          node.path("done").asBoolean());
    } catch (IllegalArgumentException strange) {
      throw new IOException("has a member without meaning", strange);
    }
  }

  private static UUID uuid(JsonNode node, String member) {
    return UUID.fromString(node.path(member).asText());
  }

  private static BackupAdapter adapter(JsonNode node) throws IOException {
    String name = node.path("adapter").asText();
    return BackupAdapter.parse(name).orElseThrow(() -> new IOException("unknown adapter " + name));
  }
}
