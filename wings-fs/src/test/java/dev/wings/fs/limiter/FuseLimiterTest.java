package dev.wings.fs.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.fs.sandbox.SpaceGate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The protocol of `fusequota`, spoken by a helper of the test.
class FuseLimiterTest {
  private static final UUID SERVER = UUID.fromString("0000002a-1111-4222-8333-444444444444");

  @TempDir private Path host;
  private final RecordedCommands commands = new RecordedCommands();
  private final AtomicLong time = new AtomicLong();
  private FuseLimiter limiter;
  private ServerDirectory directory;
  private Helper helper;

  /// Answers every command with what is used, or refuses it.
  private static final class Helper implements AutoCloseable {
    final List<String> commands = new CopyOnWriteArrayList<>();
    private final ServerSocketChannel socket;
    private volatile String refused = "nothing";
    private volatile String answer = "quota_used = 4096\nOK\n";

    Helper(Path path) throws IOException {
      Files.createDirectories(path.getParent());
      socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      socket.bind(UnixDomainSocketAddress.of(path));
      Thread.ofPlatform().daemon().start(this::serve);
    }

    private void serve() {
      try {
        while (true) {
          try (SocketChannel client = socket.accept()) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(256);
            while (client.read(buffer.clear()) >= 0) {
              line.write(buffer.array(), 0, buffer.position());
            }
            String command = line.toString(StandardCharsets.UTF_8);
            commands.add(command);
            String reply = command.startsWith(refused) ? "ERROR: no\n" : answer;
            client.write(ByteBuffer.wrap(reply.getBytes(StandardCharsets.UTF_8)));
          }
        }
      } catch (AsynchronousCloseException closed) {
        return;
      } catch (IOException e) {
        commands.add("failed: " + e);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @BeforeEach
  void setUp() throws IOException {
    Path data = Files.createDirectory(host.resolve("volumes"));
    limiter =
        new FuseLimiter(
            new LimiterSettings(data, host.resolve("v"), 988, 989, Duration.ofSeconds(150)),
            commands,
            time::get);
    directory = new ServerDirectory(SERVER, data.resolve(SERVER.toString()));
    helper = new Helper(host.resolve("v/" + SERVER + "/fs.fqsock"));
  }

  @AfterEach
  void tearDown() throws IOException {
    helper.close();
  }

  @Test
  void containersGetTheMountPointAndTheDaemonTheDirectory() throws IOException {
    limiter.setup(directory, () -> {});

    assertThat(directory.path()).isDirectory();
    assertThat(limiter.mountSource(directory)).isEqualTo(host.resolve("v/" + SERVER + "/fs"));
  }

  @Test
  void aRunningHelperIsTakenUpAndToldTheLimit() throws IOException {
    limiter.limit(directory, 1 << 20);
    limiter.startup(directory);

    assertThat(helper.commands).contains("set quota = 1048576\n");
    assertThat(commands.run).isEmpty();
    assertThat(limiter.usage(List.of(directory))).isEqualTo(Map.of(SERVER, 4096L));
  }

  @Test
  void whatTheDaemonWritesIsToldEveryTenSeconds() throws IOException {
    byte[] root = {};
    SpaceGate gate = limiter.gate(SERVER, SpaceGate.OPEN);
    gate.reserve(4096, 0);
    gate.settle(root, 4096, 1000, 1000);
    gate.removed(root, 1);
    limiter.usage(List.of(directory));
    assertThat(helper.commands).noneMatch(line -> line.startsWith("add"));

    time.addAndGet(Duration.ofSeconds(10).toNanos());
    limiter.usage(List.of(directory));
    gate.settle(root, 0, -7, -7);
    time.addAndGet(Duration.ofSeconds(10).toNanos());
    limiter.usage(List.of(directory));

    assertThat(helper.commands).contains("add quota_used = 999\n", "rem quota_used = 7\n");
  }

  @Test
  void whatTheHelperRefusedIsToldAgain() throws IOException {
    SpaceGate gate = limiter.gate(SERVER, SpaceGate.OPEN);
    gate.settle(new byte[0], 0, 1000, 1000);
    helper.refused = "add";
    time.addAndGet(Duration.ofSeconds(10).toNanos());
    assertThat(limiter.usage(List.of(directory))).isEmpty();

    helper.refused = "nothing";
    helper.commands.clear();
    gate.settle(new byte[0], 0, 24, 24);
    time.addAndGet(Duration.ofSeconds(10).toNanos());

    assertThat(limiter.usage(List.of(directory))).isEqualTo(Map.of(SERVER, 4096L + 1024));
    assertThat(helper.commands).containsExactly("get quota_used\n", "add quota_used = 1024\n");
  }

  @Test
  void shutdownEndsTheHelper() throws IOException {
    limiter.shutdown(directory);

    assertThat(helper.commands).last().isEqualTo("do end\n");
  }

  @Test
  void aRefusalIsAnError() {
    helper.answer = "ERROR: no\n";

    assertThatThrownBy(
            () -> new FuseSocket(host.resolve("v/" + SERVER + "/fs.fqsock")).command("set x"))
        .isInstanceOf(LimiterException.class)
        .hasMessageContaining("ERROR: no");
  }
}
