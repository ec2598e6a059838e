package dev.wings.daemon.ws;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.access.AccessControl;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.ManualClock;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenIssuer;
import dev.wings.core.token.TokenRules;
import dev.wings.core.token.TokenVerifier;
import dev.wings.core.volume.ServerVolume;
import dev.wings.daemon.collab.SaveHistory;
import dev.wings.daemon.collab.SharedFiles;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Connections without a network, with clocks that a test moves. What would wait on another thread
/// runs at once.
final class SocketHarness implements AutoCloseable {
  static final String NODE_TOKEN =
      "8Ss0kA4v3Pt8oX2x99RGdCckLUej9vjcyHl4OMgwVT1cJmMladG5QRW8etDa2d5H";
  static final long BOOT = 1_795_430_000L;
  static final UUID USER = UUID.fromString("49702bdf-f463-441b-8c76-e9fbf7649e75");
  static final UUID OTHER_USER = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");
  static final UUID SERVER = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  static final List<String> OWNER = List.of("websocket.connect", "meta.calagopus", "*");

  /// The defaults.
  static final SystemConfig.FileCollaboration COLLABORATION =
      new SystemConfig.FileCollaboration(true, 1 << 20, 16, 8, 32, 64, 30);

  final ManualClock time;
  final TokenClock clock;
  final DenyList denyList;
  final TokenVerifier verifier;
  final TokenIssuer issuer;
  final FakeServer server;
  final AccessControl accessControl;
  final ConsoleSockets sockets;
  SocketSettings settings = new SocketSettings(1 << 20, 1 << 20, 60, 32, 0, 150, false);
  SystemConfig.FileCollaboration collaboration = COLLABORATION;
  private final List<Connection> connections = new ArrayList<>();
  private long hubNanos;

  SocketHarness() {
    this(BOOT, TokenRules.Flavour.STRICT);
  }

  SocketHarness(long boot, TokenRules.Flavour flavour) {
    this(boot, flavour, null, SaveHistory.NONE);
  }

  /// With the files of a real volume.
  SocketHarness(ServerVolume volume, SaveHistory history) {
    this(BOOT, TokenRules.Flavour.STRICT, volume, history);
  }

  private SocketHarness(
      long boot, TokenRules.Flavour flavour, @Nullable ServerVolume volume, SaveHistory history) {
    time = ManualClock.atSecond(boot);
    clock = new TokenClock(time, time::nanos);
    denyList = new DenyList(clock);
    verifier =
        new TokenVerifier(NODE_TOKEN, clock, denyList, TokenRules.STANDARD.withFlavour(flavour));
    issuer = new TokenIssuer(NODE_TOKEN, time);
    ServerDefinition definition = FakeServer.definition(SERVER, "test");
    server =
        volume == null
            ? new FakeServer(definition, Path.of("/nonexistent"), clock)
            : new FakeServer(definition, volume, clock);
    accessControl = new AccessControl(new FakeServers(server), denyList);
    sockets =
        new ConsoleSockets(
            verifier,
            clock,
            denyList,
            () -> settings,
            new Collaborations(
                _ -> new SharedFiles(server, history),
                () -> collaboration,
                time::nanos,
                new Random(1)),
            Runnable::run,
            () -> time.nanos() + hubNanos);
  }

  static Collaborations collaborations(LongSupplier nanos) {
    return new Collaborations(
        server -> new SharedFiles(server, SaveHistory.NONE),
        () -> COLLABORATION,
        nanos,
        new SecureRandom());
  }

  Connection connect() {
    return connect("192.0.2.1");
  }

  Connection connect(String address) {
    Connection connection = new Connection();
    ConsoleSocket socket = sockets.admit(server, address, connection.channel);
    connection.channel.pipeline().addLast(socket);
    connections.add(connection);
    return connection;
  }

  /// A connection of [#USER] with these permissions, whose first messages were taken away.
  Connection connected(List<String> permissions) {
    Connection connection = connect();
    connection.send("auth", token(USER, permissions));
    connection.messages();
    return connection;
  }

  String token(UUID user, List<String> permissions) {
    return issuer.websocket(
        user, "someone", SERVER, permissions, List.of(), Duration.ofMinutes(10));
  }

  /// Claims of a good token, to be changed.
  ObjectNode claims() {
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims.put("scope", "websocket").put("iss", "panel").putNull("sub").putArray("aud");
    long now = time.instant().getEpochSecond();
    claims.put("exp", now + 600).putNull("nbf").put("iat", now).put("jti", USER.toString());
    claims.put("user_uuid", USER.toString()).put("server_uuid", SERVER.toString());
    OWNER.forEach(claims.putArray("permissions")::add);
    return claims;
  }

  /// Lets everything that waits in an event loop run, with as much time as the hub's pace needs.
  void run() {
    for (int round = 0; round < 2; round++) {
      hubNanos += ConsoleHub.MAX_PACE_NANOS;
      for (Connection connection : connections) {
        connection.channel.advanceTimeBy(ConsoleHub.MAX_PACE_NANOS, TimeUnit.NANOSECONDS);
        connection.channel.runPendingTasks();
      }
    }
  }

  /// Lets time pass for everybody.
  void advance(Duration duration) {
    time.advance(duration);
    for (Connection connection : connections) {
      connection.channel.advanceTimeBy(duration.toNanos(), TimeUnit.NANOSECONDS);
      connection.channel.runScheduledPendingTasks();
    }
    run();
  }

  @Override
  public void close() {
    for (Connection connection : connections) {
      connection.stalled = false;
      connection.channel.finishAndReleaseAll();
      connection.channel.checkException();
    }
  }

  /// One connection, seen from the client.
  final class Connection {
    boolean stalled;
    final EmbeddedChannel channel =
        new EmbeddedChannel() {
          @Override
          protected void doWrite(ChannelOutboundBuffer pending) throws Exception {
            if (!stalled) {
              super.doWrite(pending);
            }
          }
        };

    Connection() {
      channel.freezeTime();
    }

    void send(String event, String... arguments) {
      ObjectNode message = JsonNodeFactory.instance.objectNode().put("event", event);
      List.of(arguments).forEach(message.putArray("args")::add);
      sendText(message.toString());
    }

    void sendText(String text) {
      sendFrame(new TextWebSocketFrame(text));
    }

    void sendBinary(byte[] payload) {
      sendFrame(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(payload)));
    }

    void sendFrame(WebSocketFrame frame) {
      channel.writeInbound(frame);
      run();
    }

    /// Everything that arrived since the last call.
    List<Frames.Frame> frames() {
      run();
      List<Frames.Frame> frames = new ArrayList<>();
      while (channel.readOutbound() instanceof ByteBuf bytes) {
        try {
          frames.addAll(Frames.parse(bytes));
        } finally {
          bytes.release();
        }
      }
      return frames;
    }

    /// The messages that arrived since the last call, control frames left out.
    List<Frames.Message> messages() {
      return frames().stream()
          .filter(frame -> frame.opcode() < Frames.Frame.CLOSE)
          .map(Frames.Frame::message)
          .toList();
    }

    /// [#messages] as text.
    List<String> received() {
      return messages().stream().map(Frames.Message::toString).toList();
    }

    boolean open() {
      run();
      return channel.isOpen();
    }

    /// Begins to read again.
    void resume() {
      stalled = false;
      channel.flush();
      run();
    }
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
