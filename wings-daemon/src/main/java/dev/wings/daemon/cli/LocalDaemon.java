package dev.wings.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.WingsConfig;
import dev.wings.core.json.Json;
import dev.wings.daemon.http.IpAddresses;
import dev.wings.daemon.local.NodeCertificate;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// The daemon that runs with this configuration on this node, as its clients see it.
record LocalDaemon(WingsConfig config) {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /// @param scheme `http` or `ws`; an `s` is added when the daemon speaks TLS
  /// @throws WingsException kind UNSUPPORTED when it listens on a Unix socket
  URI uri(String scheme, String path) {
    String host = config.api().host();
    InetAddress address =
        IpAddresses.parse(host)
            .orElseThrow(() ->
                new WingsException(
                    ErrorKind.UNSUPPORTED,
                    "api.host: '" + host + "' is a Unix socket, which this command cannot use"));
    String reachable =
        !address.isAnyLocalAddress()
            ? IpAddresses.text(address)
            : address instanceof Inet6Address ? "::1" : "127.0.0.1";
    String bracketed = reachable.contains(":") ? "[" + reachable + "]" : reachable;
    String secure = config.api().ssl().enabled() ? "s" : "";
    return URI.create(scheme + secure + "://" + bracketed + ":" + config.api().port() + path);
  }

  /// Trust in the daemon's own certificate, empty when it does not speak TLS.
  Optional<SSLContext> trust() throws IOException {
    return config.api().ssl().enabled()
        ? Optional.of(NodeCertificate.trusting(config.api().ssl().certificateFile()))
        : Optional.empty();
  }

  /// Asks with the node token.
  ///
  /// @throws IOException when nobody answers, or not with 200 and JSON
  JsonNode get(String path) throws IOException {
    return call("GET", path, null, TIMEOUT);
  }

  /// Calls with the node token.
  ///
  /// @param body null for none
  /// @param patience how long the answer may take
  /// @throws IOException when nobody answers, or not with 200 and JSON
  JsonNode call(String method, String path, @Nullable JsonNode body, Duration patience)
      throws IOException {
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(TIMEOUT);
    trust().ifPresent(client::sslContext);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri("http", path))
            .timeout(patience)
            .header("Authorization", "Bearer " + config.token())
            .header("Accept", "application/json");
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    request.method(
        method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()));
    try (HttpClient http = client.build()) {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() != 200) {
        throw new IOException("the daemon answers " + answer.statusCode() + reason(answer.body()));
      }
      return Json.mapper().readTree(answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static String reason(byte[] body) {
    try {
      String error = Json.mapper().readTree(body).path("error").asText();
      return error.isEmpty() ? "" : ": " + error;
    } catch (IOException noDocument) {
      return "";
    }
  }
}
