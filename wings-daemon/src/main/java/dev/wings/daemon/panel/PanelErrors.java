package dev.wings.daemon.panel;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Messages in the Panel's error bodies (`panel-remote-api.md` 1.4): texts from Calagopus, objects
/// with `detail` from Pterodactyl, anything else as the first characters of the body.
final class PanelErrors {
  private static final int MAX_TEXT = 200;

  private PanelErrors() {}

  static List<String> read(byte[] body) {
    List<String> messages = new ArrayList<>();
    try {
      for (JsonNode error : Json.mapper().readTree(body).path("errors")) {
        messages.add(error.isObject() ? error.path("detail").asText("") : error.asText(""));
      }
    } catch (IOException notJson) {
      messages.clear(); // shown as text below
    }
    if (!messages.isEmpty()) {
      return List.copyOf(messages);
    }
    String text = new String(body, StandardCharsets.UTF_8).strip();
    return text.isEmpty()
        ? List.of()
        : List.of(text.substring(0, Math.min(text.length(), MAX_TEXT)));
  }
}
