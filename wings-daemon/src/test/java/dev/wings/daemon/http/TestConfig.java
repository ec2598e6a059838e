package dev.wings.daemon.http;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// A configuration in memory: the defaults, with what a test sets. Changes are in force at once.
public final class TestConfig implements LiveConfig {
  public static final String TOKEN =
      "8Ss0kA4v3Pt8oX2x99RGdCckLUej9vjcyHl4OMgwVT1cJmMladG5QRW8etDa2d5H";

  private static final ObjectMapper YAML = Json.configure(YAMLMapper.builder(new YAMLFactory()));

  private final ObjectNode tree;
  private volatile WingsConfig current;

  public TestConfig() {
    try (InputStream defaults =
        requireNonNull(WingsConfig.class.getResourceAsStream("defaults.yml"))) {
      tree = (ObjectNode) YAML.readTree(defaults);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    tree.put("token", TOKEN);
    tree.put("remote", "https://panel.example");
    object("api").put("host", "127.0.0.1").put("port", 0);
    object("system").put("tcp_congestion_control", "");
    current = bind();
  }

  /// Sets one value by its dotted path; the new value may be any JSON.
  public TestConfig set(String path, Object value) {
    int dot = path.lastIndexOf('.');
    object(dot < 0 ? "" : path.substring(0, dot))
        .set(path.substring(dot + 1), Json.mapper().<JsonNode>valueToTree(value));
    current = bind();
    return this;
  }

  @Override
  public WingsConfig current() {
    return current;
  }

  private ObjectNode object(String path) {
    ObjectNode node = tree;
    if (!path.isEmpty()) {
      for (String name : path.split("\\.")) {
        node = (ObjectNode) node.get(name);
      }
    }
    return node;
  }

  private WingsConfig bind() {
    try {
      return requireNonNull(YAML.treeToValue(tree, WingsConfig.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
