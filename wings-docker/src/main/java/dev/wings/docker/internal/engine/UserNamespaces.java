package dev.wings.docker.internal.engine;

import com.fasterxml.jackson.databind.JsonNode;

/// Whether the engine maps the containers' root to another user of the host.
public final class UserNamespaces {
  private UserNamespaces() {}

  /// @throws EngineException when the engine does not tell
  public static boolean mapped(EngineClient engine) {
    JsonNode info = engine.read(EngineRequest.get("/info"), EngineClient.QUICK);
    for (JsonNode option : info.path("SecurityOptions")) {
      String text = option.asText("");
      if (text.contains("name=userns") || text.contains("name=rootless")) {
        return true;
      }
    }
    return false;
  }
}
