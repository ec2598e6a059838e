package dev.wings.daemon.node;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import dev.wings.core.token.TokenIssuer;
import dev.wings.daemon.panel.ScriptedPanel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A browser's console: connects, authenticates and keeps every event it is sent.
final class ConsoleSocket implements WebSocket.Listener, AutoCloseable {
  private static final UUID USER = UUID.fromString("49702bdf-f463-441b-8c76-e9fbf7649e75");

  private final List<JsonNode> events = new CopyOnWriteArrayList<>();
  private final StringBuilder partial = new StringBuilder();
  private final WebSocket socket;
  private volatile boolean closed;

  private ConsoleSocket(HttpClient http, URI uri) {
    socket = http.newWebSocketBuilder().buildAsync(uri, this).join();
  }

  static ConsoleSocket open(TestNode node, UUID server, String... permissions) {
    ConsoleSocket console =
        new ConsoleSocket(
            HttpClient.newHttpClient(),
            URI.create("ws://127.0.0.1:" + node.port() + "/api/servers/" + server + "/ws"));
    console.send("auth", token(server, permissions));
    console.awaitEvent("auth success");
    return console;
  }

  static String token(UUID server, String... permissions) {
    return new TokenIssuer(ScriptedPanel.TOKEN, InstantSource.system())
        .websocket(USER, "owner", server, List.of(permissions), List.of(), Duration.ofMinutes(10));
  }

  void send(String event, String... args) {
    ObjectNode message = Json.mapper().createObjectNode();
    message.put("event", event);
    var list = message.putArray("args");
    for (String arg : args) {
      list.add(arg);
    }
    socket.sendText(message.toString(), true).join();
  }

  List<String> lines() {
    return events.stream()
        .filter(event -> event.path("event").asText().equals("console output"))
        .map(event -> event.path("args").path(0).asText())
        .toList();
  }

  List<JsonNode> events() {
    return List.copyOf(events);
  }

  List<JsonNode> events(String name) {
    return events.stream().filter(event -> event.path("event").asText().equals(name)).toList();
  }

  void awaitEvent(String name) {
    await("event " + name).atMost(Duration.ofSeconds(20)).until(() -> !events(name).isEmpty());
  }

  void awaitLine(String text) {
    await("console line " + text)
        .atMost(Duration.ofSeconds(20))
        .until(() -> lines().stream().anyMatch(line -> line.contains(text)));
  }

  boolean closed() {
    return closed;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      try {
        events.add(Json.mapper().readTree(partial.toString()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      partial.setLength(0);
    }
    webSocket.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
    closed = true;
    return null;
  }

  @Override
  public void onError(WebSocket webSocket, Throwable error) {
    closed = true;
  }

  @Override
  public void close() {
    socket.abort();
  }
}
