package dev.wings.daemon.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.http.TestCertificate.Form;
import dev.wings.fs.send.OpenedFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakWatch.class)
class TlsTest {
  private static final String REQUEST =
      "GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + TestConfig.TOKEN + "\r\n\r\n";
  private static final byte[] BIG = new byte[3 << 20];

  @TempDir Path directory;

  private Path certificate;
  private Path key;
  private @Nullable HttpServer server;

  @BeforeEach
  void files() throws Exception {
    certificate = directory.resolve("cert.pem");
    key = directory.resolve("key.pem");
    install(TestCertificate.ec("first"), TestCertificate.Form.PKCS8);
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private void install(TestCertificate pair, TestCertificate.Form form) throws IOException {
    Files.writeString(certificate, pair.certificatePem());
    Files.writeString(key, pair.keyPem(form));
  }

  private HttpServer start() throws IOException {
    return start(HttpLimits.DEFAULT);
  }

  private HttpServer start(HttpLimits limits) throws IOException {
    TestConfig config =
        new TestConfig()
            .set(
                "api.ssl",
                Map.of(
                    "enabled",
                    true,
                    "ktls_enabled",
                    false,
                    "cert",
                    certificate.toString(),
                    "key",
                    key.toString()));
    RouteTable routes =
        new RouteTable(
            List.of(
                Route.get("/a").access(Access.NODE_TOKEN).handleInline(_ -> Response.done()),
                Route.get("/big")
                    .access(Access.PUBLIC)
                    .handle(_ ->
                        new Response.Stream(
                            200, Map.of(), OptionalLong.of(BIG.length), o -> o.write(BIG))),
                Route.get("/file")
                    .access(Access.PUBLIC)
                    .handle(_ -> {
                      Path file = directory.resolve("big");
                      Files.write(file, BIG);
                      return new Response.Stream(
                          200,
                          Map.of(),
                          OptionalLong.of(BIG.length),
                          out -> {
                            try (OpenedFile opened = OpenedFile.open(file)) {
                              out.send(opened, 0, BIG.length);
                            }
                          });
                    })));
    HttpServer started =
        HttpServer.builder(config, routes, new FakeServers()).limits(limits).start();
    server = started;
    return started;
  }

  private static SSLSocket connect(HttpServer to, String... protocols)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, null);
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), to.port());
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static String subject(SSLSocket socket) throws IOException {
    socket.startHandshake();
    return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
        .getSubjectX500Principal()
        .getName();
  }

  private static String subjectOf(HttpServer to) throws IOException, GeneralSecurityException {
    try (SSLSocket socket = connect(to)) {
      return subject(socket);
    }
  }

  @Test
  void everyFormOfKeyIsRead() throws Exception {
    TestCertificate ec = TestCertificate.ec("ec");
    TestCertificate rsa = TestCertificate.rsa("rsa");
    for (TestCertificate.Form form : TestCertificate.Form.values()) {
      for (TestCertificate pair : List.of(ec, rsa)) {
        install(pair, form);
        assertThat(TlsIdentity.load(certificate, key).expires()).isAfter(Instant.now());
      }
    }
  }

  @Test
  void answersStreamsAndFilesGoThroughTls() throws Exception {
    HttpServer running = start();
    try (RawClient client = new RawClient(connect(running))) {
      assertThat(client.send(REQUEST).read().text()).isEqualTo("{}");
      assertThat(client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").read().body()).isEqualTo(BIG);
      assertThat(client.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n").read().body()).isEqualTo(BIG);
      client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(401);
      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  @Proves("TL-02")
  void onlyModernProtocolsAndSuitesAreSpoken() throws Exception {
    HttpServer running = start();
    for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
      try (SSLSocket socket = connect(running, protocol)) {
        socket.startHandshake();
        assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
      }
    }
    try (SSLSocket weak = connect(running, "TLSv1.2")) {
      weak.setEnabledCipherSuites(
          new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_GCM_SHA256"});
      assertThatThrownBy(weak::startHandshake).isInstanceOf(IOException.class);
    }
    // A hello of TLS 1.1, by hand: the JDK's client does not speak it any more.
    try (Socket old = new Socket(InetAddress.getLoopbackAddress(), running.port())) {
      old.setSoTimeout(10_000);
      old.getOutputStream().write(oldHello());
      byte[] alert = old.getInputStream().readNBytes(7);
      assertThat(alert).startsWith(21).endsWith(2, 70); // fatal alert protocol_version
    }
  }

  private static byte[] oldHello() {
    byte[] hello = new byte[5 + 4 + 2 + 32 + 1 + 2 + 2 + 2];
    byte[] fixed = {22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2};
    System.arraycopy(fixed, 0, hello, 0, fixed.length);
    byte[] tail = {0, 0, 2, (byte) 0xc0, 0x09, 1, 0};
    System.arraycopy(tail, 0, hello, hello.length - tail.length, tail.length);
    hello[4] = (byte) (hello.length - 5);
    hello[8] = (byte) (hello.length - 9);
    return hello;
  }

  @Test
  @Proves("TL-02")
  void renegotiationIsRefused() throws Exception {
    HttpServer running = start();
    try (SSLSocket socket = connect(running, "TLSv1.2");
        RawClient client = new RawClient(socket)) {
      assertThat(client.send(REQUEST).read().status()).isEqualTo(200);
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                client.send(REQUEST).read();
              })
          .isInstanceOf(IOException.class);
    }
    assertThat(subjectOf(running)).isEqualTo("CN=first");
  }

  @Test
  @Proves("TL-02")
  void stalledHandshakesEnd() throws Exception {
    HttpLimits hasty =
        new HttpLimits(
            8192,
            8192,
            8192,
            Duration.ofMillis(300),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            1,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            100,
            100);
    HttpServer running = start(hasty);
    try (RawClient stalled = raw(running);
        RawClient silent = raw(running);
        RawClient plain = raw(running)) {
      stalled.send(new byte[] {22, 3, 1});
      plain.send("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
      for (RawClient each : List.of(stalled, silent, plain)) {
        readToEnd(each);
      }
    }
  }

  @Test
  @Proves("TL-02")
  void oversizedHandshakesEndBeforeTheirDeadline() throws Exception {
    HttpServer running = start();
    byte[] record = new byte[5 + 16_000];
    byte[] header = {22, 3, 3, (byte) (16_000 >> 8), (byte) (16_000 & 0xff), 1, 1, 0, 0};
    System.arraycopy(header, 0, record, 0, header.length); // a hello of 64 KiB
    long start = System.nanoTime();
    try (RawClient oversized = raw(running)) {
      try {
        for (int i = 0; i < 20; i++) {
          oversized.send(record);
        }
      } catch (IOException serverHasEnough) {
        // the end is seen below as well
      }
      readToEnd(oversized);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
  }

  private static void readToEnd(RawClient client) throws IOException {
    while (!client.atEnd()) {
      // an alert may come first
    }
  }

  private static RawClient raw(HttpServer to) throws IOException {
    return new RawClient(to.port());
  }

  @Test
  @Proves("TL-01")
  void aRenewedPairIsTakenAndOpenConnectionsGoOn() throws Exception {
    HttpServer running = start();
    try (RawClient before = new RawClient(connect(running))) {
      assertThat(before.send(REQUEST).read().status()).isEqualTo(200);

      install(TestCertificate.rsa("second"), TestCertificate.Form.TRADITIONAL);
      running.checkCertificate();

      assertThat(subjectOf(running)).isEqualTo("CN=second");
      assertThat(before.send(REQUEST).read().status()).isEqualTo(200);
    }
  }

  @Test
  @Proves("TL-01")
  void halfOfAPairOrABrokenOneKeepsTheOld() throws Exception {
    HttpServer running = start();
    TestCertificate second = TestCertificate.ec("second");

    Files.writeString(key, second.keyPem(TestCertificate.Form.PKCS8));
    running.checkCertificate();
    assertThat(subjectOf(running)).isEqualTo("CN=first");

    Files.writeString(certificate, "-----BEGIN CERTIFICATE-----\nhalf");
    running.checkCertificate();
    assertThat(subjectOf(running)).isEqualTo("CN=first");

    Files.delete(certificate);
    running.checkCertificate();
    assertThat(subjectOf(running)).isEqualTo("CN=first");

    TestCertificate expired =
        TestCertificate.ec("expired", Instant.now().minus(Duration.ofDays(1)));
    install(expired, TestCertificate.Form.PKCS8);
    running.checkCertificate();
    assertThat(subjectOf(running)).isEqualTo("CN=first");

    install(second, TestCertificate.Form.PKCS8);
    running.checkCertificate();
    assertThat(subjectOf(running)).isEqualTo("CN=second");
  }

  @Test
  @Proves("TL-01")
  void aFarmOfLinksIsFollowed() throws Exception {
    Path live = directory.resolve("live");
    Path one = Files.createDirectories(directory.resolve("archive/1"));
    Path two = Files.createDirectories(directory.resolve("archive/2"));
    for (Path each : List.of(one, two)) {
      TestCertificate pair = TestCertificate.ec("link-" + each.getFileName());
      Files.writeString(each.resolve("cert.pem"), pair.certificatePem());
      Files.writeString(each.resolve("key.pem"), pair.keyPem(TestCertificate.Form.TRADITIONAL));
    }
    Files.createSymbolicLink(live, one);
    certificate = live.resolve("cert.pem");
    key = live.resolve("key.pem");
    HttpServer running = start();
    assertThat(subjectOf(running)).isEqualTo("CN=link-1");

    Path swapped = directory.resolve("swapped");
    Files.createSymbolicLink(swapped, two);
    Files.move(swapped, live, StandardCopyOption.ATOMIC_MOVE);
    running.checkCertificate();

    assertThat(subjectOf(running)).isEqualTo("CN=link-2");
  }

  @Test
  @Proves("TL-01")
  void handshakesDuringRotationAllSucceed() throws Exception {
    HttpServer running = start();
    for (int i = 0; i < 10; i++) {
      String name = "rotation-" + i;
      Thread rotating =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  install(TestCertificate.ec(name), TestCertificate.Form.PKCS8);
                  running.checkCertificate();
                } catch (IOException | GeneralSecurityException e) {
                  throw new IllegalStateException(e);
                }
              });
      try (RawClient client = new RawClient(connect(running))) {
        assertThat(client.send(REQUEST).read().status()).isEqualTo(200);
      }
      rotating.join();
      assertThat(subjectOf(running)).isEqualTo("CN=" + name);
    }
  }

  @Test
  @Proves("TL-04")
  void theExpiryIsKnown() throws Exception {
    Instant soon = Instant.now().plus(Duration.ofDays(3));
    install(TestCertificate.ec("soon", soon), TestCertificate.Form.PKCS8);
    HttpServer running = start();

    assertThat(Duration.between(running.certificateExpires().orElseThrow(), soon).abs())
        .isLessThan(Duration.ofSeconds(2));
  }

  @Test
  @Proves("TL-04")
  void aCertificateThatEndsSoonIsAProblem() throws Exception {
    install(TestCertificate.ec("long", Instant.now().plus(Duration.ofDays(30))), Form.PKCS8);
    HttpServer running = start();
    assertThat(running.certificateProblem()).isEmpty();

    install(TestCertificate.ec("soon", Instant.now().plus(Duration.ofHours(75))), Form.PKCS8);
    running.checkCertificate();

    assertThat(running.certificateProblem()).contains("the certificate expires in 3 days");
  }

  @Test
  @Proves({"TL-01", "TL-04"})
  void anExpiredCertificateAndAnUnusablePairAreProblems() throws Exception {
    install(TestCertificate.ec("past", Instant.now().minus(Duration.ofDays(1))), Form.PKCS8);
    HttpServer running = start();
    assertThat(running.certificateProblem().orElseThrow()).contains("has expired at");

    Files.writeString(key, "half a k");
    running.checkCertificate();

    assertThat(running.certificateProblem().orElseThrow())
        .contains("cannot be used, the old certificate stays");
  }

  @Test
  void aPairThatCannotBeUsedStopsTheStart() throws Exception {
    Files.writeString(key, TestCertificate.ec("other").keyPem(TestCertificate.Form.PKCS8));

    assertThatThrownBy(this::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not belong");
    Files.writeString(key, "nothing");
    assertThatThrownBy(this::start).isInstanceOf(IOException.class).hasMessageContaining("no ");
    Files.delete(key);
    assertThatThrownBy(this::start).isInstanceOf(IOException.class);
  }

  @Test
  @Proves("DS-06")
  void http2IsNeverAgreedOn() throws Exception {
    HttpServer started = start();
    for (String[] offered : List.of(new String[] {"h2", "http/1.1"}, new String[] {"h2"})) {
      try (SSLSocket socket = connect(started)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(offered);
        socket.setSSLParameters(parameters);
        String agreed;
        try {
          socket.startHandshake();
          agreed = socket.getApplicationProtocol();
        } catch (SSLException refused) {
          agreed = "none";
        }
        assertThat(agreed).isNotEqualTo("h2");
        if (offered.length > 1) {
          assertThat(agreed).isIn("", "http/1.1");
          RawClient.Answer answer = new RawClient(socket).send(REQUEST).read();
          assertThat(answer.status()).isEqualTo(200);
        }
      }
    }
  }

  /// The tests look at certificates themselves.
  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new AssertionError("no client certificates here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      assertThat(chain).isNotEmpty();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
