package dev.wings.daemon.panel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/// First contact of a new node with its Panel: enrolment and Pterodactyl's node configuration
/// (`panel-remote-api.md` 12).
public final class PanelSetup {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private PanelSetup() {}

  /// Reads a Panel's address as an operator writes it; slashes at its end do not count.
  ///
  /// @throws WingsException kind INVALID when it is no web address
  public static URI address(String text) {
    try {
      URI url = new URI(text.strip().replaceAll("/+$", ""));
      boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (web && url.getHost() != null) {
        return url;
      }
    } catch (URISyntaxException malformed) {
      // answered below
    }
    throw WingsException.invalid("'" + text + "' (expected: http:// or https://)");
  }

  /// Redeems a one-time code.
  ///
  /// @return a configuration patch with identity, Panel address, ports and origins
  /// @throws WingsException kind UPSTREAM with the Panel's reason
  public static ObjectNode enroll(URI panel, String code, String version, boolean verify) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(panel + "/api/remote/enroll"))
            .timeout(TIMEOUT)
            .header("User-Agent", "calagopus wings/v" + version)
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Json.mapper().createObjectNode().put("code", code.strip()).toString()))
            .build();
    JsonNode answer = send(panel, request, verify);
    ObjectNode patch = Json.mapper().createObjectNode();
    for (String key : new String[] {"uuid", "token_id", "token", "remote"}) {
      JsonNode value = answer.path(key);
      if (!value.isTextual() || value.textValue().isEmpty()) {
        throw new WingsException(ErrorKind.UPSTREAM, "the panel sent no '" + key + "'");
      }
      patch.set(key, value);
    }
    if (answer.path("api_port").isInt()) {
      patch.putObject("api").set("port", answer.path("api_port"));
    }
    if (answer.path("sftp_port").isInt()) {
      patch.putObject("system").putObject("sftp").set("bind_port", answer.path("sftp_port"));
    }
    if (answer.path("allowed_origins").isArray()) {
      patch.set("allowed_origins", answer.path("allowed_origins"));
    }
    return patch;
  }

  /// Asks a Pterodactyl Panel for a node's configuration.
  public static ObjectNode nodeConfiguration(URI panel, String key, int node, boolean verify) {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(panel + "/api/application/nodes/" + node + "/configuration"))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + key)
            .header("Accept", "application/vnd.pterodactyl.v1+json")
            .build();
    if (send(panel, request, verify) instanceof ObjectNode configuration) {
      return configuration;
    }
    throw new WingsException(ErrorKind.UPSTREAM, "the panel sent no configuration");
  }

  private static JsonNode send(URI panel, HttpRequest request, boolean verify) {
    PanelOptions options = new PanelOptions(panel, "", "", Map.of(), 1, 1, verify);
    try (HttpClient http = PanelHttp.client(options, TIMEOUT, null)) {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() < 200 || response.statusCode() > 299) {
        throw new WingsException(
            ErrorKind.UPSTREAM,
            "the panel answered "
                + response.statusCode()
                + ": "
                + String.join(", ", PanelErrors.read(response.body())));
      }
      return Json.mapper().readTree(response.body());
    } catch (JsonProcessingException malformed) {
      throw new WingsException(
          ErrorKind.UPSTREAM,
          "the answer of the panel is not JSON; is the address right?",
          malformed);
    } catch (IOException failure) {
      throw new WingsException(
          ErrorKind.UPSTREAM,
          "the panel cannot be reached: "
              + TlsFailures.describe(failure).orElseGet(() -> String.valueOf(failure)),
          failure);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WingsException(ErrorKind.UPSTREAM, "interrupted", e);
    }
  }
}
