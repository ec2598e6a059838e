package dev.wings.daemon.ws;

import static dev.wings.daemon.ws.SocketHarness.OTHER_USER;
import static dev.wings.daemon.ws.SocketHarness.OWNER;
import static dev.wings.daemon.ws.SocketHarness.SERVER;
import static dev.wings.daemon.ws.SocketHarness.USER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import dev.wings.core.backup.BackupResult;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.permission.PermissionSet;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.PanelSamples;
import dev.wings.core.testing.Proves;
import dev.wings.core.token.TokenRules;
import dev.wings.core.usage.ResourceUsage;
import dev.wings.daemon.http.ApiException;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleSocketTest {
  private SocketHarness harness = new SocketHarness();

  @AfterEach
  void close() {
    harness.close();
  }

  private static ServerEvent line(String text) {
    return new ServerEvent.ConsoleOutput(List.of(text), 0);
  }

  // --- the handshake table of websocket.md 1.4 ---

  @Test
  void aGoodTokenIsAnsweredWithThePermissionsAndTheState() {
    SocketHarness.Connection client = harness.connect();

    client.send(
        "auth", harness.token(USER, List.of("websocket.connect", "files.read", "x.y", "*")));

    assertThat(client.received())
        .containsExactly("auth success [*, websocket.connect, file.read]", "status [offline]");
    assertThat(harness.server.permissions().find(USER)).isPresent();
  }

  @Test
  void aRenewalIsAnsweredWithThePermissionsAlone() {
    SocketHarness.Connection client = harness.connected(OWNER);

    client.send("auth", harness.token(USER, OWNER));

    assertThat(client.received())
        .containsExactly("auth success [*, meta.calagopus, websocket.connect]");
  }

  @Test
  void whoMayNotReadTheConsoleIsToldSoOnce() {
    SocketHarness.Connection client = harness.connect();
    List<String> without = List.of("websocket.connect", "meta.calagopus");

    client.send("auth", harness.token(USER, without));
    assertThat(client.received().getLast()).startsWith("daemon message [\u001b[1;41m");
    client.send("auth", harness.token(USER, without));

    assertThat(client.received())
        .containsExactly("auth success [meta.calagopus, websocket.connect]");
  }

  @Test
  @Proves("WS-01")
  void tokensThatAreNoneDropTheConnection() {
    for (String token : List.of("", "x", "a.b.c", harness.token(USER, OWNER) + "x")) {
      SocketHarness.Connection client = harness.connect();
      client.send("auth", token);
      assertThat(client.open()).as(token).isFalse();
      assertThat(client.frames()).isEmpty();
    }
    SocketHarness.Connection withoutArgument = harness.connect();
    withoutArgument.send("auth");
    assertThat(withoutArgument.open()).isFalse();
  }

  @Test
  @Proves({"WS-01", "TK-02"})
  void tokensOfOtherKindsDropTheConnection() {
    for (String token :
        List.of(
            harness.issuer.upload(USER, SERVER, List.of(), Duration.ofMinutes(1)),
            harness.issuer.fileDownload(USER, SERVER, "/", List.of(), Duration.ofMinutes(1)),
            harness.issuer.backupDownload(USER, SERVER, Duration.ofMinutes(1)))) {
      SocketHarness.Connection client = harness.connect();
      client.send("auth", token);
      assertThat(client.open()).isFalse();
    }
  }

  @Test
  void tokensThatDoNotHoldAreAJwtErrorAndTheConnectionStays() {
    SocketHarness.Connection client = harness.connect();
    List<Consumer<ObjectNode>> changes =
        List.of(
            claims -> claims.put("exp", SocketHarness.BOOT - 1),
            claims -> claims.put("nbf", SocketHarness.BOOT + 1),
            claims -> claims.put("iat", SocketHarness.BOOT - 1),
            claims -> claims.put("scope", "file-download"));
    for (Consumer<ObjectNode> change : changes) {
      ObjectNode claims = harness.claims();
      change.accept(claims);
      client.send("auth", harness.issuer.sign(claims));
    }
    harness.accessControl.deny(List.of(USER.toString()));
    client.send("auth", harness.token(USER, OWNER));

    assertThat(client.received())
        .containsExactly(
            "jwt error [invalid token: token is expired]",
            "jwt error [invalid token: token is not yet valid]",
            "jwt error [invalid token: token has invalid issued at time]",
            "jwt error [invalid token: token has been denied]",
            "jwt error [invalid token: token has been denied]");
    assertThat(client.open()).isTrue();
  }

  @Test
  void aTokenWithoutThePermissionToConnectDropsTheConnection() {
    SocketHarness.Connection client = harness.connect();

    client.send("auth", harness.token(USER, List.of("control.console", "meta.calagopus")));

    assertThat(client.open()).isFalse();
  }

  @Test
  @Proves({"WS-01", "TK-02"})
  void aTokenOfAnotherServerIsExpiredHere() {
    SocketHarness.Connection client = harness.connect();

    client.send(
        "auth",
        harness.issuer.websocket(
            USER, "x", UUID.randomUUID(), OWNER, List.of(), Duration.ofMinutes(1)));

    assertThat(client.received()).containsExactly("token expired");
    harness.server.events().publish(line("secret"));
    assertThat(client.received()).isEmpty();
    assertThat(harness.server.permissions().find(USER)).isEmpty();
  }

  @Test
  @Proves("WS-02")
  void aTokenOlderThanThePushIsExpiredAndANewerOneCounts() {
    SocketHarness.Connection client = harness.connect();
    String token = harness.token(USER, OWNER);
    harness.accessControl.push(harness.server, USER, OWNER, List.of());

    client.send("auth", token);
    assertThat(client.received()).containsExactly("token expired");
    harness.advance(Duration.ofSeconds(1));
    client.send("auth", harness.token(USER, OWNER));
    assertThat(client.received()).hasSize(2).first().asString().startsWith("auth success");
  }

  @Test
  @Proves("WS-02")
  void permissionsFetchedAtALoginLimitAnOlderToken() {
    SocketHarness.Connection client = harness.connect();
    harness
        .server
        .permissions()
        .fetched(
            USER, PermissionSet.parse(List.of("websocket.connect", "meta.calagopus")), List.of());

    client.send("auth", harness.token(USER, OWNER));
    client.messages();
    harness.server.become(ServerState.STARTING);
    harness.server.events().publish(line("secret"));

    assertThat(client.received()).containsExactly("status [starting]");
  }

  @Test
  @Proves("WS-03")
  void aRenewalWithAnotherUsersTokenEndsTheConnectionAndGivesNoRights() {
    SocketHarness.Connection client =
        harness.connected(List.of("websocket.connect", "meta.calagopus"));

    client.send("auth", harness.token(OTHER_USER, OWNER));

    assertThat(client.open()).isFalse();
    assertThat(client.received()).isEmpty();
    assertThat(harness.server.permissions().find(OTHER_USER)).isEmpty();
  }

  @Test
  @Proves("CF-06")
  void thePterodactylFlavourHasTheSameProtection() {
    harness.close();
    harness = new SocketHarness(SocketHarness.BOOT, TokenRules.Flavour.SCOPE_OPTIONAL);
    ObjectNode claims = harness.claims();
    claims.remove("scope");
    claims.put("jti", "0c6f6a4c0e7b8a7e6fd8a2e0a8cf5b1a");
    claims.putArray("permissions").add("websocket.connect").add("control.console");
    SocketHarness.Connection client = harness.connect();

    client.send("auth", harness.issuer.sign(claims));
    assertThat(client.received()).hasSize(2);
    harness.server.events().publish(line("readable without the marker"));
    assertThat(client.received()).containsExactly("console output [readable without the marker]");
    harness.accessControl.push(harness.server, USER, List.of(), List.of());
    harness.server.events().publish(line("secret"));
    List<Frames.Frame> last = client.frames();

    assertThat(last).hasSize(1);
    assertThat(last.getFirst().closeReason()).isEqualTo("1000 permission revoked");
    claims.put("file_path", "/etc/passwd");
    SocketHarness.Connection again = harness.connect();
    again.send("auth", harness.issuer.sign(claims));
    assertThat(again.received())
        .containsExactly("jwt error [invalid token: token has been denied]");
  }

  // --- messages ---

  @Test
  @Proves("WS-01")
  void anyKnownMessageBeforeAuthenticationDropsTheConnectionAndNothingIsSent() {
    for (String event :
        List.of(
            "send logs",
            "send stats",
            "send status",
            "ping",
            "set state",
            "send command",
            "configure socket",
            "file collab subscribe",
            "console output")) {
      SocketHarness.Connection client = harness.connect();
      harness.server.events().publish(line("secret"));
      client.send(event, "start");
      assertThat(client.open()).as(event).isFalse();
      assertThat(client.frames()).as(event).isEmpty();
    }
    assertThat(harness.server.powerRequests()).isEmpty();
    assertThat(harness.server.commands()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "{}",
        "{\"event\":\"ping\"}",
        "{\"event\":\"ping\",\"args\":[1]}",
        "{\"event\":\"unheard of\",\"args\":[]}",
        "[]",
        "null"
      })
  @Proves("WS-01")
  void whatCannotBeUnderstoodIsIgnored(String text) {
    SocketHarness.Connection stranger = harness.connect();
    stranger.sendText(text);
    assertThat(stranger.open()).isTrue();

    SocketHarness.Connection client = harness.connected(OWNER);
    client.sendText(text);
    assertThat(client.open()).isTrue();
    assertThat(client.frames()).isEmpty();
  }

  @Test
  void theFramesOfThePanelsOwnClientAreUnderstoodByteForByte() {
    for (JsonNode connection : PanelSamples.read("websocket/frames").path("connections")) {
      harness.close();
      harness = new SocketHarness(issuedAt(connection), TokenRules.Flavour.STRICT);
      harness.server.become(ServerState.RUNNING);
      harness.server.willLog(List.of("old line"));
      SocketHarness.Connection client = harness.connect();
      List<String> answers = new ArrayList<>();
      for (JsonNode frame : connection.path("frames")) {
        if (!frame.path("direction").asText().equals("client->node")) {
          continue;
        }
        byte[] payload = PanelSamples.bytes(frame, "payload_base64");
        switch (frame.path("opcode").asText()) {
          case "binary" -> client.sendBinary(payload);
          case "text" -> client.sendFrame(new TextWebSocketFrame(Unpooled.wrappedBuffer(payload)));
          default -> client.sendFrame(new CloseWebSocketFrame(1000, ""));
        }
        client.messages().forEach(message -> answers.add(message.format() + " " + message));
      }

      assertThat(answers.getFirst()).startsWith("text auth success [");
      assertThat(answers.subList(1, answers.size()))
          .containsExactly(
              "text status [running]",
              "binary stats ["
                  + "{\"memory_bytes\":0,\"memory_limit_bytes\":0,\"disk_bytes\":0,"
                  + "\"state\":\"offline\",\"network\":{\"rx_bytes\":0,\"rx_packets\":0,"
                  + "\"tx_bytes\":0,\"tx_packets\":0},\"cpu_absolute\":0.0,"
                  + "\"cpu_limit_absolute\":0,\"uptime\":0}]",
              "binary pending restart [false]",
              "binary console output [old line]",
              "binary status [running]",
              "binary pong",
              "binary file collab error [/server.properties, file not found]",
              "binary file collab error [/server.properties, not subscribed to this file]",
              "binary file collab error [/server.properties, not subscribed to this file]");
      assertThat(client.open()).isFalse();
      assertThat(harness.server.commands())
          .extracting(FakeServer.Command::text)
          .startsWith("hello binary é ✓");
      assertThat(harness.server.powerRequests())
          .extracting(PowerRequest::action)
          .containsExactly(
              PowerAction.START, PowerAction.STOP, PowerAction.RESTART, PowerAction.KILL);
    }
  }

  private static long issuedAt(JsonNode connection) {
    for (JsonNode frame : connection.path("frames")) {
      JsonNode payload = frame.path("payload");
      JsonNode token = payload.isArray() ? payload.path(1).path(0) : payload.path("args").path(0);
      String[] parts = token.asText().split("\\.");
      try {
        return new com.fasterxml.jackson.databind.ObjectMapper()
            .readTree(java.util.Base64.getUrlDecoder().decode(parts[1]))
            .path("iat")
            .asLong();
      } catch (java.io.IOException e) {
        throw new AssertionError(e);
      }
    }
    throw new AssertionError("no frames");
  }

  @Test
  void modesFollowEachFrameOnInputAndTheConfigurationOnOutput() {
    SocketHarness.Connection client = harness.connected(OWNER);
    client.sendBinary(java.util.HexFormat.of().parseHex("92a470696e6791a161"));
    assertThat(client.messages()).containsExactly(new Frames.Message("pong", List.of("a"), "text"));

    client.send("configure socket", "transmission mode", "binary");
    client.send("configure socket", "transmission mode", "morse");
    client.send("configure socket", "colour", "text");
    client.send("configure socket");
    client.send("ping", "a", "b");
    harness.server.events().publish(line("x"));
    assertThat(client.messages())
        .containsExactly(
            new Frames.Message("pong", List.of("a", "b"), "binary"),
            new Frames.Message("console output", List.of("x"), "binary"));

    client.send("configure socket", "transmission mode", "text");
    client.send("auth", harness.token(USER, OWNER));
    assertThat(client.messages().getFirst().format()).isEqualTo("text");
  }

  @Test
  void messagesInFragmentsArePutTogether() {
    SocketHarness.Connection client = harness.connected(OWNER);

    client.sendFrame(new TextWebSocketFrame(false, 0, "{\"event\":\"pi"));
    client.sendFrame(new PingWebSocketFrame(Unpooled.wrappedBuffer(new byte[] {7})));
    client.sendFrame(new ContinuationWebSocketFrame(false, 0, "ng\",\"args\":[\"é"));
    client.sendFrame(new ContinuationWebSocketFrame(true, 0, "\"]}"));

    List<Frames.Frame> frames = client.frames();
    assertThat(frames.getFirst().opcode()).isEqualTo(Frames.Frame.PONG);
    assertThat(frames.getFirst().payload()).containsExactly(7);
    assertThat(frames.getLast().message()).hasToString("pong [é]");
  }

  @Test
  @Proves("WS-04")
  void messagesAboveTheLimitAndEndlessFragmentsEndTheConnection() {
    harness.settings = new SocketSettings(1000, 1000, 60, 32, 0, 150, false);
    SocketHarness.Connection whole = harness.connect();
    whole.sendText("x".repeat(1001));
    assertThat(whole.open()).isFalse();

    SocketHarness.Connection pieces = harness.connect();
    pieces.sendFrame(new TextWebSocketFrame(false, 0, "x".repeat(900)));
    assertThat(pieces.open()).isTrue();
    pieces.sendFrame(new ContinuationWebSocketFrame(false, 0, "x".repeat(101)));
    assertThat(pieces.open()).isFalse();

    SocketHarness.Connection empty = harness.connect();
    empty.sendFrame(new TextWebSocketFrame(false, 0, ""));
    for (int i = 0; i < 5000 && empty.channel.isOpen(); i++) {
      empty.sendFrame(new ContinuationWebSocketFrame(false, 0, ""));
    }
    assertThat(empty.open()).isFalse();

    SocketHarness.Connection nested = harness.connect();
    nested.sendFrame(new TextWebSocketFrame(false, 0, "a"));
    nested.sendFrame(new TextWebSocketFrame(true, 0, "b"));
    assertThat(nested.open()).isFalse();

    SocketHarness.Connection orphan = harness.connect();
    orphan.sendFrame(new ContinuationWebSocketFrame(true, 0, "b"));
    assertThat(orphan.open()).isFalse();
  }

  @Test
  @Proves("WS-04")
  void aFloodOfMessagesIsCutWithASingleNotice() {
    SocketHarness.Connection client = harness.connected(OWNER);
    harness.server.become(ServerState.RUNNING);
    client.messages();
    for (int i = 0; i < 20_000; i++) {
      client.channel.writeInbound(new TextWebSocketFrame("{\"event\":\"ping\",\"args\":[]}"));
    }

    List<String> received = client.received();
    assertThat(received).filteredOn("pong"::equals).hasSizeBetween(1000, 5000);
    assertThat(received).filteredOn(text -> text.startsWith("daemon message")).hasSize(1);

    harness.advance(Duration.ofSeconds(5));
    client.frames();
    client.send("ping");
    assertThat(client.received()).contains("pong");
  }

  @Test
  @Proves("WS-04")
  void aStrangerThatFloodsIsDropped() {
    SocketHarness.Connection stranger = harness.connect();
    for (int i = 0; i < 20_000 && stranger.channel.isOpen(); i++) {
      stranger.channel.writeInbound(new TextWebSocketFrame("garbage"));
    }
    assertThat(stranger.open()).isFalse();
  }

  // --- actions ---

  @ParameterizedTest
  @EnumSource(PowerAction.class)
  @Proves("WS-02")
  void powerActionsNeedTheirPermissionInTheTokenAndLive(PowerAction action) {
    String needed = action == PowerAction.KILL ? "control.stop" : "control." + action.wireName();
    Actor actor = new Actor(USER, "192.0.2.1", null);
    for (boolean inToken : new boolean[] {true, false}) {
      for (boolean live : new boolean[] {true, false}) {
        SocketHarness.Connection client = harness.connected(grants(inToken, needed));
        harness
            .server
            .permissions()
            .fetched(USER, PermissionSet.parse(grants(live, needed)), List.of());
        int before = harness.server.powerRequests().size();

        client.send("set state", action.wireName());

        assertThat(client.frames()).isEmpty();
        assertThat(harness.server.powerRequests().stream().skip(before))
            .containsExactlyElementsOf(
                inToken && live ? List.of(PowerRequest.checked(action, actor)) : List.of());
        harness.advance(Duration.ofSeconds(1));
      }
    }
  }

  private static List<String> grants(boolean granted, String permission) {
    List<String> names = new ArrayList<>(List.of("websocket.connect", "meta.calagopus"));
    if (granted) {
      names.add(permission);
    }
    return names;
  }

  @Test
  @Proves("RB-02")
  void aRefusedPowerActionIsToldToTheOneWhoAsked() {
    SocketHarness.Connection asking = harness.connected(OWNER);
    SocketHarness.Connection other = harness.connected(OWNER);
    harness.server.willFail(WingsException.conflict("server is already running"));

    asking.send("set state", "start");
    asking.send("set state", "explode");
    asking.send("set state");

    assertThat(asking.received())
        .containsExactly("daemon message [\u001b[1;41mserver is already running\u001b[0m]");
    assertThat(other.received()).isEmpty();
  }

  @Test
  void internalErrorsAreShownOnlyToThoseWhoMaySeeThem() {
    harness.server.willFail(new WingsException(ErrorKind.INTERNAL, "/root/secret is on fire"));
    SocketHarness.Connection owner = harness.connected(OWNER);
    owner.send("set state", "start");
    assertThat(owner.received()).hasSize(1).noneMatch(text -> text.contains("secret"));

    SocketHarness.Connection admin =
        harness.connected(
            List.of("websocket.connect", "meta.calagopus", "*", "admin.websocket.errors"));
    admin.send("set state", "start");
    assertThat(admin.received()).hasSize(1).allMatch(text -> text.contains("secret is on fire"));
  }

  @Test
  @Proves("WS-02")
  void commandsNeedTheirPermissionInTheTokenAndLive() {
    harness.server.become(ServerState.RUNNING);
    for (boolean inToken : new boolean[] {true, false}) {
      for (boolean live : new boolean[] {true, false}) {
        SocketHarness.Connection client = harness.connected(grants(inToken, "control.console"));
        harness
            .server
            .permissions()
            .fetched(USER, PermissionSet.parse(grants(live, "control.console")), List.of());
        client.send("send command", "say " + inToken + live);
        harness.advance(Duration.ofSeconds(1));
      }
    }

    assertThat(harness.server.commands())
        .containsExactly(
            new FakeServer.Command("say truetrue", new Actor(USER, "192.0.2.1", null)));
  }

  @Test
  void aCommandWithoutAProcessDoesNothingAndABadOneIsExplained() {
    SocketHarness.Connection client = harness.connected(OWNER);
    client.send("send command", "say hi");
    client.send("send command");
    assertThat(client.received()).isEmpty();

    harness.server.willFail(WingsException.invalid("a command is one line"));
    client.send("send command", "say hi\nop me");
    assertThat(client.received())
        .containsExactly("daemon message [\u001b[1;41ma command is one line\u001b[0m]");
  }

  @Test
  void logsAreSentToTheAskingConnectionTrimmedAndOnlyWhenTheServerIsNotOffline() {
    SocketHarness.Connection client = harness.connected(OWNER);
    SocketHarness.Connection other = harness.connected(OWNER);
    harness.server.willLog(List.of("  one \r", "two"));

    client.send("send logs");
    assertThat(client.received()).as("offline").isEmpty();

    harness.settings = new SocketSettings(1 << 20, 1 << 20, 60, 32, 0, 1, true);
    client.send("send logs");
    assertThat(client.received()).containsExactly("console output [two]");

    harness.settings = new SocketSettings(1 << 20, 1 << 20, 60, 32, 0, 150, false);
    harness.server.become(ServerState.RUNNING);
    client.messages();
    other.messages();
    client.send("send logs");
    assertThat(client.received()).containsExactly("console output [one]", "console output [two]");
    assertThat(other.received()).isEmpty();
  }

  @Test
  @Proves("WS-02")
  void logsNeedThePermissionToReadTheConsole() {
    harness.server.become(ServerState.RUNNING);
    harness.server.willLog(List.of("secret"));
    SocketHarness.Connection client =
        harness.connected(List.of("websocket.connect", "meta.calagopus"));
    client.send("send logs");
    assertThat(client.received()).isEmpty();
  }

  @Test
  void collaborativeEditingOfAnAbsentFileIsRefused() {
    SocketHarness.Connection reader =
        harness.connected(List.of("websocket.connect", "meta.calagopus", "files.read-content"));

    reader.send("file collab subscribe", "/a.txt", "editor");
    reader.send("file collab save", "/a.txt");
    reader.send("file collab sync", "/a.txt");

    assertThat(reader.received())
        .containsExactly(
            "file collab error [/a.txt, file not found]",
            "file collab error [/a.txt, missing permission]");
  }

  // --- events ---

  @Test
  void everyEventHasItsDocumentedForm() {
    SocketHarness.Connection client =
        harness.connected(
            List.of("websocket.connect", "meta.calagopus", "*", "admin.websocket.install"));
    List<ServerEvent> events =
        List.of(
            new ServerEvent.StateChanged(ServerState.STOPPING),
            new ServerEvent.StatsChanged(
                new ResourceUsage(1, 2, 3, ServerState.RUNNING, 4, 5, 6, 7, 12.34567, 200, 8)),
            new ServerEvent.PendingRestart(true),
            new ServerEvent.ConsoleOutput(List.of("a", "b"), 0),
            new ServerEvent.ConsoleOutput(List.of("c"), 5),
            new ServerEvent.DaemonMessage("note"),
            new ServerEvent.InstallStarted(),
            new ServerEvent.InstallOutput(List.of("i", "j")),
            new ServerEvent.InstallProgress(1, 2, null),
            new ServerEvent.InstallProgress(1, 2, "half\""),
            new ServerEvent.InstallCompleted(false),
            new ServerEvent.ImagePullProgress("abc", true, 1, 2),
            new ServerEvent.ImagePullProgress("abc", false, 1, 2),
            new ServerEvent.ImagePullCompleted("abc"),
            new ServerEvent.BackupStarted(new UUID(0, 1)),
            new ServerEvent.BackupProgress(new UUID(0, 1), 1, 2, 3),
            new ServerEvent.BackupCompleted(
                new UUID(0, 1),
                true,
                new BackupResult("sha256", "ab", 4, 5, true, false, List.of())),
            new ServerEvent.BackupCompleted(new UUID(0, 2), false, BackupResult.FAILED),
            new ServerEvent.BackupDeleted(new UUID(0, 1), true),
            new ServerEvent.RestoreStarted(),
            new ServerEvent.RestoreProgress(1, 2, 3),
            new ServerEvent.RestoreCompleted(false),
            new ServerEvent.Targeted(List.of(), List.of(), "custom event", List.of("x", "y")));

    events.forEach(harness.server.events()::publish);

    assertThat(client.received())
        .containsExactly(
            "status [stopping]",
            "stats [{\"memory_bytes\":1,\"memory_limit_bytes\":2,\"disk_bytes\":3,"
                + "\"state\":\"running\",\"network\":{\"rx_bytes\":4,\"rx_packets\":5,"
                + "\"tx_bytes\":6,\"tx_packets\":7},\"cpu_absolute\":12.346,"
                + "\"cpu_limit_absolute\":200,\"uptime\":8}]",
            "pending restart [true]",
            "console output [a]",
            "console output [b]",
            "daemon message [5 lines of output were skipped because they came too fast.]",
            "console output [c]",
            "daemon message [note]",
            "install started",
            "install output [i]",
            "install output [j]",
            "install progress [{\"progress\":1,\"total\":2,\"label\":null}]",
            "install progress [{\"progress\":1,\"total\":2,\"label\":\"half\\\"\"}]",
            "install completed [false]",
            "image pull progress [abc, {\"status\":\"extracting\",\"bytes_processed\":1,"
                + "\"bytes_total\":2}]",
            "image pull progress [abc, {\"status\":\"pulling\",\"bytes_processed\":1,"
                + "\"bytes_total\":2}]",
            "image pull completed [abc]",
            "backup started [00000000-0000-0000-0000-000000000001]",
            "backup progress [00000000-0000-0000-0000-000000000001, {\"bytes_processed\":1,"
                + "\"bytes_total\":2,\"files_processed\":3}]",
            "backup completed [00000000-0000-0000-0000-000000000001,"
                + " {\"checksum_type\":\"sha256\",\"checksum\":\"ab\",\"size\":4,\"files\":5,"
                + "\"successful\":true,\"browsable\":true,\"streaming\":false}]",
            "backup completed [00000000-0000-0000-0000-000000000002,"
                + " {\"checksum_type\":\"\",\"checksum\":\"\",\"size\":0,\"files\":0,"
                + "\"successful\":false,\"browsable\":false,\"streaming\":false}]",
            "backup deleted [00000000-0000-0000-0000-000000000001, {\"successful\":true}]",
            "backup restore started",
            "backup restore progress [{\"bytes_processed\":1,\"bytes_total\":2,"
                + "\"files_processed\":3}]",
            "backup restore completed [false]",
            "custom event [x, y]");
  }

  @Test
  @Proves("WS-02")
  void eachEventNeedsItsPermissionInTheTokenAndLive() {
    record Case(ServerEvent event, String permission) {}
    List<Case> cases =
        List.of(
            new Case(new ServerEvent.StateChanged(ServerState.RUNNING), "websocket.connect"),
            new Case(
                new ServerEvent.StatsChanged(ResourceUsage.idle(ServerState.OFFLINE, 0)),
                "websocket.connect"),
            new Case(new ServerEvent.PendingRestart(true), "websocket.connect"),
            new Case(line("x"), "control.read-console"),
            new Case(new ServerEvent.DaemonMessage("x"), "control.read-console"),
            new Case(new ServerEvent.InstallStarted(), "websocket.connect"),
            new Case(new ServerEvent.InstallOutput(List.of("x")), "admin.websocket.install"),
            new Case(new ServerEvent.InstallProgress(1, 2, null), "websocket.connect"),
            new Case(new ServerEvent.InstallCompleted(true), "websocket.connect"),
            new Case(new ServerEvent.ImagePullProgress("l", true, 1, 2), "websocket.connect"),
            new Case(new ServerEvent.ImagePullCompleted("l"), "websocket.connect"),
            new Case(new ServerEvent.BackupStarted(new UUID(0, 1)), "backups.read"),
            new Case(new ServerEvent.BackupProgress(new UUID(0, 1), 1, 2, 3), "backups.read"),
            new Case(
                new ServerEvent.BackupCompleted(new UUID(0, 1), false, BackupResult.FAILED),
                "backups.read"),
            new Case(new ServerEvent.BackupDeleted(new UUID(0, 1), true), "backups.read"),
            new Case(new ServerEvent.RestoreStarted(), "websocket.connect"),
            new Case(new ServerEvent.RestoreProgress(1, 2, 3), "websocket.connect"),
            new Case(new ServerEvent.RestoreCompleted(true), "websocket.connect"));
    for (Case one : cases) {
      for (String holder : List.of("by name", "by star", "not")) {
        for (String live : List.of("by name", "by star", "not")) {
          if (one.permission().equals("websocket.connect") && !holder.equals("by name")) {
            continue; // such a token cannot connect
          }
          SocketHarness.Connection client = harness.connected(list(holder, one.permission(), true));
          harness
              .server
              .permissions()
              .fetched(USER, PermissionSet.parse(list(live, one.permission(), false)), List.of());

          harness.server.events().publish(one.event());

          boolean admin = one.permission().startsWith("admin.");
          boolean expected = holds(holder, admin) && holds(live, admin);
          assertThat(client.received())
              .as("%s, token %s, live %s", one, holder, live)
              .filteredOn(text -> !text.contains("may no longer read"))
              .hasSize(expected ? 1 : 0);
          client.channel.close();
          harness.advance(Duration.ofSeconds(1));
        }
      }
    }
  }

  private static boolean holds(String how, boolean admin) {
    return how.equals("by name") || (how.equals("by star") && !admin);
  }

  private static List<String> list(String how, String permission, boolean token) {
    List<String> names = new ArrayList<>(List.of("meta.calagopus"));
    if (token) {
      names.add("websocket.connect");
    }
    switch (how) {
      case "by name" -> names.add(permission);
      case "by star" -> names.add("*");
      default -> names.add("control.start");
    }
    return names;
  }

  @Test
  void targetedMessagesReachUsersAndPermissionsThatMatch() {
    SocketHarness.Connection client = harness.connected(OWNER);

    harness.accessControl.broadcast(
        harness.server, List.of(OTHER_USER), List.of(), "custom event", List.of("other"));
    harness.accessControl.broadcast(
        harness.server,
        List.of(USER),
        List.of("file.read", "made.up"),
        "custom event",
        List.of("1"));
    harness.accessControl.broadcast(
        harness.server, List.of(), List.of("admin.websocket.errors"), "custom event", List.of("2"));
    harness.server.permissions().fetched(USER, PermissionSet.NONE, List.of());
    harness.accessControl.broadcast(
        harness.server, List.of(), List.of("files.read"), "custom event", List.of("3"));

    assertThat(client.received()).containsExactly("custom event [1]", "custom event [3]");
  }

  @Test
  @Proves("WS-02")
  void losingTheConsoleIsToldOnceAndNoLineFollows() {
    SocketHarness.Connection client = harness.connected(OWNER);
    harness.server.events().publish(line("one"));
    assertThat(client.received()).hasSize(1);

    harness.accessControl.push(
        harness.server, USER, List.of("websocket.connect", "meta.calagopus"), List.of());
    harness.server.events().publish(line("two"));
    harness.server.events().publish(line("three"));
    harness.server.become(ServerState.RUNNING);

    List<String> received = client.received();
    assertThat(received).hasSize(2);
    assertThat(received.getFirst()).startsWith("daemon message [\u001b[1;41m");
    assertThat(received.getLast()).isEqualTo("status [running]");
  }

  @Test
  @Proves({"WS-02", "TK-05"})
  void revocationClosesWithItsReasonDeniesTheTokenAndLeavesOthersAlone() {
    ObjectNode claims = harness.claims().put("jti", "a hash as another panel has it");
    SocketHarness.Connection client = harness.connect();
    client.send("auth", harness.issuer.sign(claims));
    SocketHarness.Connection other = harness.connect();
    other.send("auth", harness.token(OTHER_USER, OWNER));
    client.messages();
    other.messages();

    harness.accessControl.deauthorize(USER, List.of());
    harness.server.events().publish(line("secret"));

    List<Frames.Frame> frames = client.frames();
    assertThat(frames).hasSize(1);
    assertThat(frames.getFirst().closeReason()).isEqualTo("1000 permission revoked");
    assertThat(harness.denyList.denies("a hash as another panel has it", SocketHarness.BOOT))
        .isTrue();
    assertThat(harness.denyList.denies(USER.toString(), SocketHarness.BOOT)).isTrue();
    assertThat(other.received()).containsExactly("console output [secret]");
    harness.advance(Duration.ofSeconds(1));
    assertThat(client.open()).isFalse();
  }

  @Test
  @Proves("WS-02")
  void aDeniedTokenGetsErrorsInsteadOfEvents() {
    SocketHarness.Connection client = harness.connected(OWNER);
    harness.accessControl.deny(List.of(USER.toString()));

    harness.server.become(ServerState.RUNNING);
    client.send("send command", "say hi");
    for (int i = 0; i < 100; i++) {
      harness.server.events().publish(line("secret " + i));
    }

    assertThat(client.received())
        .as("one for the event, one for the command, lines are limited")
        .hasSize(2)
        .allMatch("jwt error [invalid token: token has been denied]"::equals);
    assertThat(harness.server.commands()).isEmpty();
    harness.advance(Duration.ofSeconds(1));
    harness.server.events().publish(line("secret"));
    assertThat(client.received()).hasSize(1);
    client.send("auth", harness.token(USER, OWNER));
    harness.server.events().publish(line("seamless"));
    assertThat(client.received()).last().isEqualTo("console output [seamless]");
  }

  @Test
  void aDeletedServerEndsItsConnections() {
    SocketHarness.Connection client = harness.connected(OWNER);
    harness.server.events().publish(new ServerEvent.Deleted());
    assertThat(client.open()).isFalse();
    assertThat(harness.sockets.connections()).isZero();
    assertThat(harness.server.events().hasSubscribers()).isFalse();
  }

  // --- timers ---

  @Test
  @Proves("WS-03")
  void theClientIsWarnedBeforeExpiryAndServedNothingAfterIt() {
    SocketHarness.Connection client = harness.connected(OWNER);
    List<String> timeline = new ArrayList<>();
    for (int second = 30; second <= 630; second += 30) {
      harness.advance(Duration.ofSeconds(30));
      client.sendFrame(new PongWebSocketFrame());
      int now = second;
      client.received().forEach(text -> timeline.add(now + " " + text));
    }

    assertThat(timeline)
        .containsExactly("570 token expiring", "600 token expiring", "630 token expired");
    harness.server.events().publish(line("secret"));
    assertThat(client.received()).isEmpty();
    client.send("auth", harness.token(USER, OWNER));
    assertThat(client.received())
        .containsExactly("auth success [*, meta.calagopus, websocket.connect]", "status [offline]");
  }

  @Test
  @Proves("WS-03")
  void aMessageAfterExpiryIsAnErrorAndAfterTheTickTheEnd() {
    SocketHarness.Connection client = harness.connected(OWNER);
    for (int i = 0; i < 20; i++) {
      harness.advance(Duration.ofSeconds(30));
      client.sendFrame(new PongWebSocketFrame());
    }
    client.messages();
    harness.advance(Duration.ofSeconds(1));
    client.send("send command", "say hi");
    assertThat(client.received()).containsExactly("jwt error [invalid token: token is expired]");

    harness.advance(Duration.ofSeconds(29));
    assertThat(client.received()).containsExactly("token expired");
    client.send("ping");
    assertThat(client.open()).isFalse();
  }

  @Test
  @Proves("WS-01")
  void aSilentStrangerIsClosedAfterTheTimeout() {
    SocketHarness.Connection stranger = harness.connect();
    harness.advance(Duration.ofSeconds(30));
    assertThat(stranger.frames()).hasSize(1).allMatch(frame -> frame.opcode() == Frames.Frame.PING);
    harness.advance(Duration.ofSeconds(30));

    List<Frames.Frame> frames = stranger.frames();
    assertThat(frames).hasSize(1);
    assertThat(frames.getFirst().closeReason()).isEqualTo("1000 authentication timeout");
    harness.advance(Duration.ofSeconds(1));
    assertThat(stranger.open()).isFalse();
  }

  @Test
  void zeroDisablesTheAuthenticationTimeout() {
    harness.settings = new SocketSettings(1 << 20, 1 << 20, 0, 32, 0, 150, false);
    SocketHarness.Connection stranger = harness.connect();
    for (int i = 0; i < 20; i++) {
      harness.advance(Duration.ofSeconds(30));
      stranger.sendFrame(new PongWebSocketFrame());
    }
    assertThat(stranger.open()).isTrue();
  }

  @Test
  void aPeerThatSaysNothingIsPingedAndDroppedAtTheThirdTick() {
    SocketHarness.Connection client = harness.connected(OWNER);
    harness.advance(Duration.ofSeconds(30));
    harness.advance(Duration.ofSeconds(30));
    List<Frames.Frame> pings = client.frames();
    assertThat(pings).hasSize(2);
    assertThat(pings.getFirst().payload()).containsExactly(1, 2, 3);
    client.sendFrame(new PingWebSocketFrame()); // does not count
    assertThat(client.open()).isTrue();
    harness.advance(Duration.ofSeconds(30));
    assertThat(client.open()).isFalse();
  }

  @Test
  @Proves("CK-01")
  void stepsOfTheWallClockDoNotMoveTheTimers() {
    SocketHarness.Connection client = harness.connected(OWNER);
    harness.clock.observePanel(harness.time.instant());
    harness.time.step(Duration.ofDays(-365));
    harness.advance(Duration.ofSeconds(30));
    harness.time.step(Duration.ofDays(2 * 365));
    harness.advance(Duration.ofSeconds(30));
    assertThat(client.open()).isTrue();
    assertThat(client.frames()).allMatch(frame -> frame.opcode() == Frames.Frame.PING);
    client.send("ping");
    assertThat(client.received()).containsExactly("pong");
  }

  // --- limits before the upgrade ---

  @Test
  @Proves("WS-04")
  void strangersOfOneAddressAreLimitedUntilTheyAuthenticate() {
    harness.settings = new SocketSettings(1 << 20, 1 << 20, 60, 2, 0, 150, false);
    SocketHarness.Connection first = harness.connect();
    harness.connect();
    assertThatThrownBy(harness::connect)
        .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(429))
        .hasMessage("too many connections");
    harness.connect("192.0.2.2");

    first.send("auth", harness.token(USER, OWNER));
    SocketHarness.Connection third = harness.connect();
    assertThatThrownBy(harness::connect).isInstanceOf(ApiException.class);
    third.channel.close();
    harness.connect();
  }

  @Test
  @Proves("WS-04")
  void allConnectionsTogetherAreLimited() {
    harness.settings = new SocketSettings(1 << 20, 1 << 20, 60, 0, 2, 150, false);
    SocketHarness.Connection first = harness.connected(OWNER);
    harness.connected(OWNER);
    assertThatThrownBy(harness::connect).hasMessage("too many connections");
    first.channel.close();
    harness.connect();
  }

  @Test
  void theHubListensOnlyWhileThereAreConnections() {
    assertThat(harness.server.events().hasSubscribers()).isFalse();
    SocketHarness.Connection first = harness.connect();
    SocketHarness.Connection second = harness.connect();
    assertThat(harness.server.events().hasSubscribers()).isTrue();
    first.channel.close();
    assertThat(harness.server.events().hasSubscribers()).isTrue();
    second.channel.close();
    assertThat(harness.server.events().hasSubscribers()).isFalse();
  }

  @Test
  void theClosingHandshakeIsAnswered() {
    SocketHarness.Connection client = harness.connected(OWNER);
    client.sendFrame(new CloseWebSocketFrame(4321, "bye"));
    List<Frames.Frame> frames = client.frames();
    assertThat(frames).hasSize(1);
    assertThat(frames.getFirst().closeReason()).isEqualTo("4321 bye");
    assertThat(client.open()).isFalse();
  }
}
