package dev.wings.daemon.local;

import dev.wings.core.json.Json;
import dev.wings.core.json.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;

/// Contents of definition files.
final class TestDefinitions {
  private TestDefinitions() {}

  static String json(UUID server, String name) {
    return """
    {"settings": {"uuid": "%s", "start_on_completion": true, "meta": {"name": "%s"},
                  "container": {"image": "demo"}},
     "process_configuration": {},
     "installation": {"container_image": "demo", "entrypoint": "sh", "script": "true"}}
    """
        .formatted(server, name);
  }

  static String yaml(UUID server, String name) {
    try {
      return Yaml.write(Json.mapper().readTree(json(server, name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
