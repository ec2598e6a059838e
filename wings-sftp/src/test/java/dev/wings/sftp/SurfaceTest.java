package dev.wings.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import dev.wings.sftp.limit.SftpLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.util.buffer.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SurfaceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final byte[] NOTHING = {};
  private static final int UNKNOWN_TYPE = 3;
  private static final int RESOURCE_SHORTAGE = 4;

  @TempDir Path directory;
  private TestServer server;
  private SshTestClient client;
  private ClientSession session;

  @BeforeEach
  void start() throws IOException {
    server = TestServer.start(directory, TestServer.roomy());
    client = new SshTestClient(server.port());
    session = client.login(TestServer.USER, TestServer.PASSWORD);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private RawChannel channel() throws IOException {
    return client.channel(session, "session").opened();
  }

  @Proves("SF-07")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "direct-tcpip",
        "direct-streamlocal@openssh.com",
        "forwarded-tcpip",
        "x11",
        "auth-agent@openssh.com",
        "tun@openssh.com",
        "sessions"
      })
  void noOtherTypeOfChannelIsOpened(String type) throws Exception {
    RawChannel channel = client.channel(session, type);

    assertThatThrownBy(() -> channel.open().verify(PATIENCE)).isInstanceOf(IOException.class);

    assertThat(channel.failureReason()).isEqualTo(UNKNOWN_TYPE);
    channel().sftp();
  }

  @Proves("SF-07")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcpip-forward",
        "cancel-tcpip-forward",
        "streamlocal-forward@openssh.com",
        "hostkeys-prove-00@openssh.com",
        "unknown"
      })
  void noGlobalRequestIsGranted(String type) throws Exception {
    assertThat(client.global(session, type, new byte[8])).isFalse();

    channel().sftp();
  }

  @Proves("SF-07")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "env",
        "x11-req",
        "auth-agent-req@openssh.com",
        "auth-agent-req",
        "pty-req",
        "shell",
        "exec",
        "window-change",
        "signal",
        "break",
        "xon-xoff",
        "exit-status",
        "unknown"
      })
  void withoutAConsoleNoRequestButSftpIsGranted(String type) throws Exception {
    RawChannel channel = channel();

    assertThat(channel.request(type, "x")).isFalse();

    channel.sftp();
  }

  @Proves("SF-07")
  @ParameterizedTest
  @ValueSource(strings = {"SFTP", "sftp ", "netconf", "", "scp", "git"})
  void thereIsOneSubsystem(String name) throws Exception {
    assertThat(channel().request("subsystem", name)).isFalse();
  }

  @Test
  void aChannelHasOnePurpose() throws Exception {
    RawChannel channel = channel().sftp();

    assertThat(channel.request("subsystem", "sftp")).isFalse();
    assertThat(channel.request("shell", NOTHING)).isFalse();
  }

  @Proves("SF-05")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "subsystem",
        "shell",
        "exec",
        "pty-req",
        "env",
        "x11-req",
        "window-change",
        "signal",
        "exit-status",
        "exit-signal",
        "xon-xoff",
        "break",
        "eow@openssh.com",
        "auth-agent-req@openssh.com",
        "keepalive@openssh.com",
        "",
        "nonsense"
      })
  void payloadsOfAnyShortLengthEndNothing(String type) throws Exception {
    server.shell(new EchoShell());
    server.password("carol.00000003", "c");
    Random random = new Random(20);
    try (ClientSession withConsole = client.login("carol.00000003", "c")) {
      for (int length = 0; length <= 8; length++) {
        for (byte fill : new byte[] {0, -1, (byte) random.nextInt(256)}) {
          byte[] payload = new byte[length];
          Arrays.fill(payload, fill);
          RawChannel channel = client.channel(withConsole, "session").opened();
          channel.request(type, payload);
          channel.close(false).await(PATIENCE);
        }
      }
      client.channel(withConsole, "session").opened().sftp();
    }
    channel().sftp(); // on the other connection
  }

  @Proves("SF-05")
  @Test
  void aMessageOfAnyTypeWithRubbishEndsItsOwnConnectionAtWorst() throws Exception {
    RawChannel other = channel().sftp();
    server.password("carol.00000003", "c");
    Random random = new Random(21);
    for (int type :
        new int[] {
          3, 5, 6, 7, 21, 30, 31, 50, 60, 80, 81, 82, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100,
          192, 255
        }) {
      ClientSession victim = client.login("carol.00000003", "c");
      client.channel(victim, "session").opened();
      for (int length : new int[] {0, 1, 3, 4, 5, 8, 13, 40}) {
        if (!victim.isOpen()) {
          break;
        }
        byte[] payload = new byte[length];
        random.nextBytes(payload);
        try {
          Buffer buffer = victim.createBuffer((byte) type);
          buffer.putRawBytes(payload);
          victim.writePacket(buffer);
        } catch (IOException | IllegalStateException gone) {
          break; // the server has ended it
        }
      }
      victim.close(true).await(PATIENCE);
    }
    other.send(new byte[] {0, 0, 0, 10, 16, 0, 0, 0, 1, 0, 0, 0, 1, '/'});
    assertThat(other.receive()[4]).isEqualTo((byte) 104);
    await().atMost(PATIENCE).until(() -> server.server().connections() == 1);
  }

  @Test
  void aConnectionHasSoManyChannelsAndGetsThemBack() throws Exception {
    List<RawChannel> channels = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      channels.add(channel().sftp());
    }
    RawChannel tooMany = client.channel(session, "session");
    assertThatThrownBy(() -> tooMany.open().verify(PATIENCE)).isInstanceOf(IOException.class);
    assertThat(tooMany.failureReason()).isEqualTo(RESOURCE_SHORTAGE);

    channels.getFirst().close(false).await(PATIENCE);

    channel().sftp();
  }

  @Test
  void aLimitThatChangesAppliesToTheNextChannel() throws Exception {
    channel().sftp();
    SftpLimits d = SftpLimits.DEFAULT;
    server.limit(new SftpLimits(false, true, 3, 20, d.cooldown(), 10, 1, 32, 1024, 20_000, 500));

    RawChannel tooMany = client.channel(session, "session");

    assertThatThrownBy(() -> tooMany.open().verify(PATIENCE)).isInstanceOf(IOException.class);
  }

  @Test
  void aRefusedChannelLeavesNothingBehind() throws Exception {
    for (int i = 0; i < 200; i++) {
      RawChannel channel = client.channel(session, "x11");
      assertThatThrownBy(() -> channel.open().verify(PATIENCE)).isInstanceOf(IOException.class);
    }
    channel().sftp();
  }

  @Test
  void aShellGetsItsInputAndItsOutputReachesTheClient() throws Exception {
    server.shell(new EchoShell());
    server.password("carol.00000003", "c");
    ClientSession withConsole = client.login("carol.00000003", "c");
    RawChannel channel = client.channel(withConsole, "session").opened();
    assertThat(channel.request("pty-req", NOTHING)).isTrue();
    assertThat(channel.request("shell", NOTHING)).isTrue();
    assertThat(new String(channel.receive(), UTF_8)).isEqualTo("hello\r\n");

    channel.send(SshTestClient.bytes("list"));

    assertThat(new String(channel.receive(), UTF_8)).isEqualTo("list");
    channel.send(new byte[] {3});
    await().atMost(PATIENCE).until(withConsole::isClosed);
    assertThat(session.isOpen()).isTrue();
  }

  @Test
  void aCommandEndsWithItsStatus() throws Exception {
    server.shell(new EchoShell());
    server.password("carol.00000003", "c");
    ClientSession withConsole = client.login("carol.00000003", "c");
    RawChannel channel = client.channel(withConsole, "session").opened();

    assertThat(channel.request("exec", "say hi")).isTrue();

    assertThat(new String(channel.receive(), UTF_8)).isEqualTo("ran say hi");
    await().atMost(PATIENCE).until(channel::isClosed);
    assertThat(withConsole.isOpen()).isTrue();
  }

  @Proves("SF-05")
  @Test
  void packetsOfSftpThatCannotBeEndTheirChannelOnly() throws Exception {
    RawChannel good = channel().sftp();
    RawChannel bad = channel().sftp();

    bad.send(new byte[] {(byte) 0x80, 0, 0, 0, 1});

    await().atMost(PATIENCE).until(bad::isClosed);
    good.send(new byte[] {0, 0, 0, 10, 16, 0, 0, 0, 1, 0, 0, 0, 1, '/'});
    assertThat(good.receive()[4]).isEqualTo((byte) 104);
  }
}
