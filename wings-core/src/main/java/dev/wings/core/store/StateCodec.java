package dev.wings.core.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.definition.DefinitionReader;
import dev.wings.core.definition.DefinitionWriter;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.json.Json;
import dev.wings.core.power.ServerState;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/// The JSON of the state files. `states.json` and `installing.json` have the shape that other
/// daemons read and write (`panel-remote-api.md` 10.2).
final class StateCodec {
  private static final String START = "start_on_completion";

  private StateCodec() {}

  static byte[] states(Map<UUID, ServerState> states) throws IOException {
    ObjectNode document = Json.mapper().createObjectNode();
    states.forEach((id, state) -> document.put(id.toString(), state.wireName()));
    return Json.mapper().writeValueAsBytes(document);
  }

  static Map<UUID, ServerState> readStates(byte[] content, boolean strict) throws IOException {
    return entries(content, strict, StateCodec::state);
  }

  static byte[] installations(Map<UUID, PendingInstallation> installing) throws IOException {
    ObjectNode document = Json.mapper().createObjectNode();
    installing.forEach((id, pending) -> {
      ArrayNode entry = document.putArray(id.toString());
      entry.add(pending.reinstall());
      // Readers of the other daemons skip the member they do not know.
      entry.add(DefinitionWriter.script(pending.script()).put(START, pending.startOnCompletion()));
    });
    return Json.mapper().writeValueAsBytes(document);
  }

  static Map<UUID, PendingInstallation> readInstallations(byte[] content, boolean strict)
      throws IOException {
    return entries(content, strict, StateCodec::installation);
  }

  static byte[] definitions(Map<UUID, ServerDefinition> definitions) throws IOException {
    ObjectNode document = Json.mapper().createObjectNode();
    definitions.forEach(
        (id, definition) -> document.set(id.toString(), DefinitionWriter.definition(definition)));
    return Json.mapper().writeValueAsBytes(document);
  }

  static Map<UUID, ServerDefinition> readDefinitions(byte[] content, boolean strict)
      throws IOException {
    return entries(content, strict, DefinitionReader::read);
  }

  static byte[] deletions(Map<UUID, Boolean> deletions) throws IOException {
    ObjectNode document = Json.mapper().createObjectNode();
    deletions.forEach((id, begun) -> document.put(id.toString(), begun));
    return Json.mapper().writeValueAsBytes(document);
  }

  static Map<UUID, Boolean> readDeletions(byte[] content, boolean strict) throws IOException {
    return entries(content, strict, JsonNode::booleanValue);
  }

  private static ServerState state(JsonNode node) {
    for (ServerState state : ServerState.values()) {
      if (state.wireName().equals(node.textValue())) {
        return state;
      }
    }
    throw WingsException.invalid("unknown state " + node);
  }

  private static PendingInstallation installation(JsonNode node) {
    if (!node.path(0).isBoolean() || !node.path(1).isObject()) {
      throw WingsException.invalid("not an installation: " + node.getNodeType());
    }
    JsonNode script = node.path(1);
    return new PendingInstallation(
        node.path(0).booleanValue(),
        DefinitionReader.script(script),
        script.path(START).asBoolean(false));
  }

  @FunctionalInterface
  private interface EntryReader<T> {
    T read(JsonNode node);
  }

  /// Reads an object with one member per server. Entries that make no sense are an error when
  /// `strict` and are left out otherwise.
  private static <T> Map<UUID, T> entries(byte[] content, boolean strict, EntryReader<T> reader)
      throws IOException {
    JsonNode document = Json.mapper().readTree(content);
    if (document == null || !document.isObject()) {
      throw new IOException("not a JSON object");
    }
    Map<UUID, T> entries = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> member : document.properties()) {
      try {
        entries.put(UUID.fromString(member.getKey()), reader.read(member.getValue()));
      } catch (WingsException | IllegalArgumentException unusable) {
        if (strict) {
          throw new IOException("unusable entry " + member.getKey(), unusable);
        }
      }
    }
    return entries;
  }
}
