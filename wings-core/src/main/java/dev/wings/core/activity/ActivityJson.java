package dev.wings.core.activity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One activity entry as JSON: in the journal, and towards the Panel (`panel-remote-api.md` 2.26;
/// absent members are explicit nulls).
public final class ActivityJson {
  private ActivityJson() {}

  public static ObjectNode write(Activity activity) {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("user", Objects.toString(activity.actor().user(), null));
    json.put("server", activity.server().toString());
    json.put("event", activity.event());
    json.set("metadata", activity.metadata());
    json.put("ip", activity.actor().ip());
    json.put("schedule", Objects.toString(activity.actor().schedule(), null));
    json.put("timestamp", activity.timestamp().toString());
    return json;
  }

  /// Reads what [#write] wrote.
  public static Activity read(JsonNode json) {
    return new Activity(
        new Actor(
            uuid(json.path("user")), json.path("ip").asText(null), uuid(json.path("schedule"))),
        UUID.fromString(json.path("server").asText()),
        json.path("event").asText(),
        json.get("metadata") instanceof ObjectNode metadata ? metadata : null,
        Instant.parse(json.path("timestamp").asText()));
  }

  private static @Nullable UUID uuid(JsonNode value) {
    return value.isTextual() ? UUID.fromString(value.asText()) : null;
  }
}
