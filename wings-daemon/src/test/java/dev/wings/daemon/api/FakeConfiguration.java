package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.config.ConfigStore;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.json.Json;
import dev.wings.daemon.http.TestConfig;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A configuration in memory that keeps the patches it was given.
public final class FakeConfiguration implements NodeConfiguration {
  private final TestConfig config;
  private final CopyOnWriteArrayList<JsonNode> patches = new CopyOnWriteArrayList<>();

  public FakeConfiguration(TestConfig config) {
    this.config = config;
  }

  public List<JsonNode> patches() {
    return List.copyOf(patches);
  }

  @Override
  public WingsConfig current() {
    return config.current();
  }

  @Override
  public JsonNode document() {
    ObjectNode document = Json.mapper().valueToTree(config.current());
    document.withObjectProperty("api").put("server_remote_download_limit", 3);
    return document;
  }

  @Override
  public ConfigStore.Patched patch(JsonNode patch) {
    if (config.current().ignorePanelConfigUpdates()) {
      return new ConfigStore.Patched(false, List.of());
    }
    patches.add(patch);
    return new ConfigStore.Patched(true, patch.has("token") ? List.of("token") : List.of());
  }
}
