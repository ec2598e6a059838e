package dev.wings.docker.testing;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.definition.ServerSettings;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A node configuration with the documented defaults and a plain server, changed per test by JSON
/// pointer.
public final class TestNode {
  // Members that no test of this module looks at are absent, so numbers may be missing.
  private static final ObjectMapper LENIENT =
      Json.mapper().copy().disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  private TestNode() {}

  /// @param root directory of the daemon
  /// @param changes pairs of pointer and JSON, such as `"/docker/tmpfs_size", "64"`
  public static WingsConfig config(Path root, String... changes) {
    return read(
        "node.json", text -> text.replace("ROOT", root.toString()), WingsConfig.class, changes);
  }

  public static ServerSettings server(UUID uuid, String image, String... changes) {
    return read(
        "server.json",
        text -> text.replace("UUID", uuid.toString()).replace("IMAGE", image),
        ServerSettings.class,
        changes);
  }

  private static <T> T read(
      String name,
      java.util.function.UnaryOperator<String> fill,
      Class<T> type,
      String... changes) {
    try (InputStream in = TestNode.class.getResourceAsStream("/" + name)) {
      if (in == null) {
        throw new IllegalStateException("missing " + name);
      }
      JsonNode tree =
          Json.mapper().readTree(fill.apply(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
      for (int i = 0; i < changes.length; i += 2) {
        change(tree, changes[i], Json.mapper().readTree(changes[i + 1]));
      }
      return LENIENT.treeToValue(tree, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void change(JsonNode tree, String pointer, JsonNode value) {
    int slash = pointer.lastIndexOf('/');
    @Nullable JsonNode parent = tree.at(pointer.substring(0, slash));
    Consumer<String> set = key -> ((ObjectNode) parent).set(key, value);
    set.accept(pointer.substring(slash + 1));
  }
}
