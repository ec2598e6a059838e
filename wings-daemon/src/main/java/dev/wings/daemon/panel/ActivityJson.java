package dev.wings.daemon.panel;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.activity.Activity;
import dev.wings.core.json.Json;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One activity entry as the Panel reads it (`panel-remote-api.md` 2.26): absent members are
/// explicit nulls.
final class ActivityJson {
  private ActivityJson() {}

  static ObjectNode write(Activity activity) {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("user", text(activity.actor().user()));
    json.put("server", activity.server().toString());
    json.put("event", activity.event());
    json.set("metadata", activity.metadata());
    json.put("ip", activity.actor().ip());
    json.put("schedule", text(activity.actor().schedule()));
    json.put("timestamp", activity.timestamp().toString());
    return json;
  }

  private static @Nullable String text(@Nullable UUID id) {
    return Objects.toString(id, null);
  }
}
