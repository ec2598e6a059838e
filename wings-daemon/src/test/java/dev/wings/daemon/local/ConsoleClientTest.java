package dev.wings.daemon.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.event.ServerEvent;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenIssuer;
import dev.wings.core.token.TokenRules;
import dev.wings.core.token.TokenVerifier;
import dev.wings.daemon.collab.SaveHistory;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.HttpServer;
import dev.wings.daemon.http.Route;
import dev.wings.daemon.http.RouteTable;
import dev.wings.daemon.http.TestConfig;
import dev.wings.daemon.ws.ConsoleSockets;
import dev.wings.fs.view.BackupViews;
import dev.wings.fs.view.ViewSources;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Against the daemon's own console socket.
@Timeout(60)
class ConsoleClientTest {
  private final UUID id = UUID.randomUUID();
  private final FakeServer server = FakeServer.named(id, "test");
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PipedWriter keyboard = new PipedWriter();
  private HttpServer http;
  private BufferedReader typed;

  @BeforeEach
  void start() throws IOException {
    TokenClock clock = new TokenClock(InstantSource.system(), System::nanoTime);
    DenyList denyList = new DenyList(clock);
    TestConfig config = new TestConfig();
    ConsoleSockets sockets =
        new ConsoleSockets(
            new TokenVerifier(TestConfig.TOKEN, clock, denyList, TokenRules.STANDARD),
            clock,
            denyList,
            config,
            Executors.newVirtualThreadPerTaskExecutor(),
            SaveHistory.NONE,
            new ViewSources(config, BackupViews.NONE, System::nanoTime));
    RouteTable routes =
        new RouteTable(
            List.of(Route.get("/api/servers/{server}/ws").access(Access.IN_BAND).upgrade(sockets)));
    http = HttpServer.builder(config, routes, new FakeServers(server)).start();
    typed = new BufferedReader(new PipedReader(keyboard));
    server.willLog(List.of("a line of before"));
    server.become(ServerState.RUNNING);
  }

  @AfterEach
  void stop() throws IOException {
    keyboard.close();
    http.close();
  }

  private CompletableFuture<String> run(List<String> permissions) {
    TokenIssuer issuer = new TokenIssuer(TestConfig.TOKEN, InstantSource.system());
    ConsoleClient client =
        new ConsoleClient(
            URI.create("ws://127.0.0.1:" + http.port() + "/api/servers/" + id + "/ws"),
            Optional.empty(),
            () ->
                issuer.websocket(
                    UUID.randomUUID(), "me", id, permissions, List.of(), Duration.ofMinutes(5)),
            new PrintStream(printed, true, StandardCharsets.UTF_8));
    CompletableFuture<String> end = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            end.complete(client.run(typed));
          } catch (IOException | RuntimeException failure) {
            end.completeExceptionally(failure);
          }
        });
    return end;
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void showsTheConsoleAndSendsWhatIsTyped() throws Exception {
    CompletableFuture<String> end = run(List.of("websocket.connect", "*"));
    await().until(() -> text().contains("a line of before"));
    assertThat(text()).contains("[running]");

    server.events().publish(new ServerEvent.ConsoleOutput(List.of("a new line"), 0));
    await().until(() -> text().contains("a new line"));
    keyboard.write("say hello\n.restart\n");
    keyboard.flush();
    await().until(() -> !server.commands().isEmpty() && !server.powerRequests().isEmpty());
    keyboard.write(".quit\n");
    keyboard.flush();

    assertThat(end.get(20, TimeUnit.SECONDS)).isEmpty();
    assertThat(server.commands().getFirst().text()).isEqualTo("say hello");
    assertThat(server.powerRequests().getFirst().action()).isEqualTo(PowerAction.RESTART);
  }

  @Test
  void theEndOfTheInputLeavesTheConsoleOpen() throws Exception {
    CompletableFuture<String> end = run(List.of("websocket.connect", "*"));
    keyboard.close();
    await().until(() -> text().contains("a line of before"));

    server.events().publish(new ServerEvent.ConsoleOutput(List.of("still here"), 0));

    await().until(() -> text().contains("still here"));
    assertThat(end).isNotDone();
  }

  @Test
  void theEndOfTheDaemonEndsIt() throws Exception {
    CompletableFuture<String> end = run(List.of("websocket.connect", "*"));
    await().until(() -> text().contains("a line of before"));

    http.close();

    assertThat(end.get(20, TimeUnit.SECONDS)).isNotEmpty();
  }

  @Test
  void nobodyListeningIsAnError() {
    http.close();

    CompletableFuture<String> end = run(List.of("websocket.connect"));

    assertThatThrownBy(() -> end.get(20, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(IOException.class)
        .hasMessageContaining("cannot be reached");
  }
}
