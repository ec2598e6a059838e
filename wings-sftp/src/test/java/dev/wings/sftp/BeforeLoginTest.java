package dev.wings.sftp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import dev.wings.sftp.limit.Admissions;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What can be done to the server without an account, on bare sockets.
@Timeout(60)
class BeforeLoginTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final byte KEXINIT = 20;

  @TempDir Path directory;
  private final AtomicLong now = new AtomicLong(System.nanoTime());
  private TestServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        TestServer.start(
            directory,
            b -> b.clock(now::get).admissions(new Admissions.Bounds(40, 20, 1_000_000, 1_000_000)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Socket connect(String from) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
    socket.setSoTimeout(20_000);
    return socket;
  }

  private Socket connect() throws IOException {
    return connect("127.0.0.1");
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("ended");
      }
      line.append((char) c);
    }
    return line.toString();
  }

  /// The payload of an unencrypted packet.
  private static ByteBuffer packet(InputStream stream) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return ByteBuffer.wrap(bytes, 1, bytes.length - 1 - bytes[0]);
  }

  private static byte[] packet(byte[] payload) {
    int padding = 8 - (payload.length + 5) % 8 + 8;
    return ByteBuffer.allocate(payload.length + 5 + padding)
        .putInt(payload.length + 1 + padding)
        .put((byte) padding)
        .put(payload)
        .array();
  }

  private static boolean ended(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      byte[] sink = new byte[8192];
      while (in.read(sink) >= 0) {
        // what it still had to say
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private void assertAlive() {
    try (SshTestClient client = new SshTestClient(server.port())) {
      assertThat(client.tryLogin(TestServer.USER, TestServer.PASSWORD, "127.8.8.8")).isTrue();
    }
  }

  @Proves("SF-06")
  @Test
  void theOfferIsTheOneThatWasAgreedOn() throws IOException {
    List<String> expected = new ArrayList<>();
    for (String l : Files.readAllLines(Path.of("src/test/resources/expected-algorithms.txt"))) {
      if (!l.isBlank() && !l.startsWith("#")) {
        expected.add(l);
      }
    }
    try (Socket socket = connect()) {
      socket.getOutputStream().write("SSH-2.0-probe\r\n".getBytes(US_ASCII));

      assertThat(line(socket.getInputStream())).isEqualTo("SSH-2.0-Calagopus-Wings\r");
      assertThat(offer(packet(socket.getInputStream()))).containsExactlyElementsOf(expected);
    }
  }

  private static List<String> offer(ByteBuffer init) {
    assertThat(init.get()).isEqualTo(KEXINIT);
    init.position(init.position() + 16);
    List<String> lines = new ArrayList<>();
    for (String name :
        List.of(
            "kex",
            "hostkey",
            "cipher-in",
            "cipher-out",
            "mac-in",
            "mac-out",
            "compression-in",
            "compression-out")) {
      byte[] list = new byte[init.getInt()];
      init.get(list);
      for (String algorithm : new String(list, US_ASCII).split(",", -1)) {
        lines.add(name + " " + algorithm);
      }
    }
    return lines;
  }

  private static byte[] init(String ciphers) {
    ByteBuffer init = ByteBuffer.allocate(1000).put(KEXINIT).put(new byte[16]);
    for (String list :
        List.of(
            "curve25519-sha256",
            "ssh-ed25519",
            ciphers,
            ciphers,
            "hmac-sha2-256",
            "hmac-sha2-256",
            "none",
            "none",
            "",
            "")) {
      init.putInt(list.length()).put(list.getBytes(US_ASCII));
    }
    init.put((byte) 0).putInt(0).flip();
    byte[] bytes = new byte[init.remaining()];
    init.get(bytes);
    return bytes;
  }

  @Test
  void openSshThatKnowsGcmIsOfferedNothingSlower() throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write("SSH-2.0-OpenSSH_9.2p1 Debian\r\n".getBytes(US_ASCII));
      socket
          .getOutputStream()
          .write(packet(init("chacha20-poly1305@openssh.com,aes128-ctr,aes256-gcm@openssh.com")));

      line(socket.getInputStream());
      assertThat(offer(packet(socket.getInputStream())))
          .filteredOn(l -> l.startsWith("cipher-"))
          .allMatch(l -> l.contains("-gcm@openssh.com"))
          .hasSize(4);
    }
  }

  @Test
  void openSshThatWantsCounterModeGetsIt() throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write("SSH-2.0-OpenSSH_9.2p1 Debian\r\n".getBytes(US_ASCII));
      socket.getOutputStream().write(packet(init("aes256-ctr")));

      line(socket.getInputStream());
      assertThat(offer(packet(socket.getInputStream()))).contains("cipher-in aes256-ctr");
    }
  }

  @Test
  void whoOnlySaysThatItIsOpenSshGetsTheWholeOfferSoon() throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write("SSH-2.0-OpenSSH_fake\r\n".getBytes(US_ASCII));
      line(socket.getInputStream());
      await().atMost(PATIENCE).until(() -> server.server().connections() == 1);
      now.addAndGet(Duration.ofSeconds(3).toNanos());

      assertThat(offer(packet(socket.getInputStream()))).contains("cipher-in aes256-ctr");
    }
  }

  @Proves("SF-02")
  @Test
  void whoDoesNotLogInInTimeIsGoneAndItsPlaceIsFree() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      sockets.add(connect());
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 10);

    now.addAndGet(Duration.ofSeconds(31).toNanos());

    for (Socket socket : sockets) {
      assertThat(ended(socket)).isTrue();
      socket.close();
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 0);
  }

  @Proves("SF-02")
  @Test
  void aFloodOfConnectionsIsBoundedAndLeavesRoomForOthers() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sockets.add(connect("127.0.0." + (i % 10 + 1)));
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() <= 41);

    assertAlive();

    for (Socket socket : sockets) {
      socket.close();
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 0);
  }

  @Proves("SF-02")
  @Test
  void tooMuchDataBeforeLoginEndsTheConnection() throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write("SSH-2.0-probe\r\n".getBytes(US_ASCII));
      byte[] ignored = new byte[30_000];
      ignored[0] = 2;
      try {
        for (int i = 0; i < 100; i++) {
          socket.getOutputStream().write(packet(ignored));
        }
      } catch (IOException reset) {
        // the server has had enough
      }
      assertThat(ended(socket)).isTrue();
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 0);
    assertAlive();
  }

  @Proves("SF-02")
  @Test
  void thereIsOneKeyExchangeBeforeLogin() throws Exception {
    try (SshTestClient client = new SshTestClient(server.port());
        ClientSession session = client.connect(TestServer.USER)) {
      await()
          .atMost(PATIENCE)
          .until(
              () -> session.getSessionState().contains(ClientSession.ClientSessionEvent.WAIT_AUTH));

      session.reExchangeKeys();

      await().atMost(PATIENCE).until(session::isClosed);
    }
    assertAlive();
  }

  @Proves("SF-06")
  @Test
  void aClientWithoutACommonAlgorithmGetsNowhere() throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write("SSH-2.0-old\r\n".getBytes(US_ASCII));
      socket.getOutputStream().write(packet(init("aes128-cbc,3des-cbc")));
      assertThat(ended(socket)).isTrue();
    }
    assertAlive();
  }

  @Proves("SF-06")
  @Test
  void strictKeyExchangeAllowsNothingInBetween() throws IOException {
    byte[] strict = init("aes128-gcm@openssh.com");
    byte[] ignore = {2, 0, 0, 0, 0};
    try (Socket socket = connect()) {
      socket.getOutputStream().write("SSH-2.0-probe\r\n".getBytes(US_ASCII));
      socket.getOutputStream().write(packet(withStrict(strict)));
      socket.getOutputStream().write(packet(ignore));
      assertThat(ended(socket)).isTrue();
    }
    assertAlive();
  }

  private static byte[] withStrict(byte[] init) {
    String plain = "curve25519-sha256";
    String strict = plain + ",kex-strict-c-v00@openssh.com";
    ByteBuffer longer = ByteBuffer.allocate(init.length + strict.length() - plain.length());
    longer.put(init, 0, 17).putInt(strict.length()).put(strict.getBytes(US_ASCII));
    int rest = 17 + 4 + plain.length();
    return longer.put(init, rest, init.length - rest).array();
  }

  @Proves("SF-05")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "SSH-1.5-old\r\n",
        "SSH-2.0-",
        "\0\0\0\0",
        "\r\r\r\r",
        "\n",
        "SSH-2.0-x\r\n\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f"
      })
  void rubbishInsteadOfAGreetingHarmsNobody(String greeting) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(greeting.getBytes(US_ASCII));
      socket.shutdownOutput();
      assertThat(ended(socket)).isTrue();
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 0);
  }

  @Proves("SF-05")
  @Test
  void randomPacketsHarmNobody() throws IOException {
    Random random = new Random(4712);
    for (int i = 0; i < 300; i++) {
      try (Socket socket = connect("127.0.0." + (i % 20 + 1))) {
        socket.getOutputStream().write("SSH-2.0-fuzz\r\n".getBytes(US_ASCII));
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        if (random.nextBoolean() && bytes.length > 3) {
          bytes[0] = 0;
          bytes[1] = 0;
          bytes[2] = 0;
        }
        byte[] sent = random.nextBoolean() ? packet(bytes) : bytes;
        socket.getOutputStream().write(sent);
      } catch (IOException reset) {
        // ended in between
      }
    }
    await().atMost(PATIENCE).until(() -> server.server().connections() == 0);
    assertAlive();
  }

  @Test
  void whoDoesNotAnswerIsGone() throws Exception {
    try (SshTestClient client = new SshTestClient(server.port())) {
      ClientSession mute = client.login(TestServer.USER, TestServer.PASSWORD);
      client.mute();
      for (int minute = 0; minute < 3; minute++) {
        int before = client.keepAlives();
        now.addAndGet(Duration.ofSeconds(61).toNanos());
        await().atMost(PATIENCE).until(() -> client.keepAlives() > before);
      }
      assertThat(mute.isOpen()).isTrue();

      now.addAndGet(Duration.ofSeconds(61).toNanos());

      await().atMost(PATIENCE).until(mute::isClosed);
    }
  }

  @Test
  void idleClientsStayAsLongAsTheyAnswer() throws Exception {
    try (SshTestClient client = new SshTestClient(server.port())) {
      ClientSession idle = client.login(TestServer.USER, TestServer.PASSWORD);
      RawChannel channel = client.channel(idle, "session").opened().sftp();
      for (int minute = 0; minute < 15; minute++) {
        int before = client.keepAlives();
        now.addAndGet(Duration.ofSeconds(61).toNanos());
        await()
            .atMost(PATIENCE)
            .until(() -> {
              now.addAndGet(Duration.ofSeconds(1).toNanos()); // an answer may have come late
              return client.keepAlives() > before;
            });
      }
      assertThat(idle.isOpen()).isTrue();
      assertThat(channel.isOpen()).isTrue();
    }
  }
}
