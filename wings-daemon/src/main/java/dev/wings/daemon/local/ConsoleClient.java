package dev.wings.daemon.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A server's console in a terminal, over the same socket that a browser uses (`websocket.md` 1):
/// prints what the server says and sends what is typed. Lines that begin with a dot are power
/// actions: `.start`, `.stop`, `.restart`, `.kill`; `.quit` leaves.
public final class ConsoleClient {
  private final URI uri;
  private final Optional<SSLContext> trust;
  private final Supplier<String> tokens;
  private final PrintStream out;
  private final CompletableFuture<String> end = new CompletableFuture<>();
  private boolean greeted; // only the socket's reader looks at it

  /// @param uri `ws://` or `wss://` address of the console socket
  /// @param trust for `wss://`, empty for the authorities that the JVM knows
  /// @param tokens issues a fresh websocket token; asked again before the old one expires
  public ConsoleClient(
      URI uri, Optional<SSLContext> trust, Supplier<String> tokens, PrintStream out) {
    this.uri = uri;
    this.trust = trust;
    this.tokens = tokens;
    this.out = out;
  }

  /// Runs until the input ends after `.quit`, or the daemon closes the socket. An input that merely
  /// ends leaves the console open for reading.
  ///
  /// @return why it ended, empty after `.quit`
  public String run(BufferedReader in) throws IOException {
    HttpClient.Builder builder = HttpClient.newBuilder();
    trust.ifPresent(builder::sslContext);
    try (HttpClient http = builder.build()) {
      WebSocket socket =
          http.newWebSocketBuilder()
              .connectTimeout(Duration.ofSeconds(10))
              .buildAsync(uri, new Printer())
              .join();
      send(socket, "auth", tokens.get());
      Thread.ofVirtual().name("console-input").start(() -> type(in, socket));
      String reason = end.join();
      socket.abort();
      http.shutdownNow();
      return reason;
    } catch (CompletionException failure) {
      throw new IOException("the console cannot be reached: " + failure.getCause(), failure);
    }
  }

  private void type(BufferedReader in, WebSocket socket) {
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        switch (line.strip()) {
          case ".quit" -> {
            end.complete("");
            return;
          }
          case ".start", ".stop", ".restart", ".kill" ->
              send(socket, "set state", line.strip().substring(1));
          default -> send(socket, "send command", line);
        }
      }
    } catch (IOException failure) {
      end.complete("input failed: " + failure.getMessage());
    } catch (CompletionException gone) {
      end.complete("connection lost: " + gone.getCause());
    }
  }

  /// One message at a time: typed lines and renewed tokens come from two threads.
  private synchronized void send(WebSocket socket, String event, String argument) {
    ObjectNode message = Json.mapper().createObjectNode();
    message.put("event", event);
    ArrayNode args = message.putArray("args");
    args.add(argument);
    socket.sendText(message.toString(), true).join();
  }

  private void show(WebSocket socket, JsonNode message) {
    String first = message.path("args").path(0).asText("");
    switch (message.path("event").asText()) {
      case "auth success" -> sendLogsOnce(socket);
      case "console output", "install output" -> out.println(first);
      case "daemon message" -> out.println("[daemon] " + first);
      case "status" -> out.println("[" + first + "]");
      case "token expiring", "token expired" -> send(socket, "auth", tokens.get());
      case "jwt error" -> end.complete(first);
      default -> {
        // statistics and progress are for graphical clients
      }
    }
  }

  private void sendLogsOnce(WebSocket socket) {
    if (!greeted) {
      greeted = true;
      send(socket, "send logs", "");
    }
  }

  private final class Printer implements WebSocket.Listener {
    private final StringBuilder partial = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        String text = partial.toString();
        partial.setLength(0);
        try {
          show(socket, Json.mapper().readTree(text));
        } catch (IOException malformed) {
          end.complete("the daemon sent something that is not JSON");
        }
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      end.complete(reason.isEmpty() ? "closed by the daemon" : reason);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      end.complete("connection lost: " + error.getMessage());
    }
  }
}
