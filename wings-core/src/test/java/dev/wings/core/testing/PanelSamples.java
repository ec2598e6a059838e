package dev.wings.core.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// Recorded traffic of the real Panel 1.2.0. Its `README.md` beside the files explains the members
/// of an exchange.
public final class PanelSamples {
  private static final JsonMapper MAPPER = new JsonMapper();

  private PanelSamples() {}

  /// One file, such as `tokens/keys`.
  public static JsonNode read(String name) {
    String resource = "/panel-1.2.0/" + name + ".json";
    try (InputStream in = PanelSamples.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no sample " + resource);
      }
      return MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The exchanges of one route or endpoint, such as `node-api/server-power`.
  public static List<JsonNode> exchanges(String name) {
    List<JsonNode> exchanges = new ArrayList<>();
    read(name).path("exchanges").forEach(exchanges::add);
    return exchanges;
  }

  /// The exact bytes of a `…_base64` member.
  public static byte[] bytes(JsonNode exchange, String member) {
    return Base64.getDecoder().decode(exchange.path(member).asText());
  }
}
