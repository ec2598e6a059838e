package dev.wings.daemon.panel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import dev.wings.core.WingsException;
import dev.wings.core.panel.PanelException;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PanelTlsTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final List<String> credentials = new CopyOnWriteArrayList<>();
  private TestAuthority authority;
  private @Nullable HttpsServer panel;

  @BeforeEach
  void found() throws Exception {
    authority = new TestAuthority();
  }

  @AfterEach
  void stop() {
    if (panel != null) {
      panel.stop(0);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    credentials.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    byte[] body =
        "{\"data\":[],\"meta\":{\"current_page\":1,\"last_page\":1}}"
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private HttpPanelClient client(HttpsServer to, boolean verify) throws Exception {
    panel = to;
    return client("https://localhost:" + to.getAddress().getPort(), verify);
  }

  private HttpPanelClient client(String url, boolean verify) throws Exception {
    PanelOptions options =
        new PanelOptions(
            URI.create(url + "/api/remote"), "Bearer id.canary", "test", Map.of(), 1, 50, verify);
    return new HttpPanelClient(
        options,
        new Random(1),
        _ -> {},
        InstantSource.system(),
        _ -> {},
        verify ? authority.trust() : null);
  }

  private HttpsServer expired() throws Exception {
    return authority.server("localhost", DAY.multipliedBy(2), DAY.negated(), this::answer);
  }

  private HttpsServer notYetValid() throws Exception {
    return authority.server("localhost", DAY.negated(), DAY.multipliedBy(2), this::answer);
  }

  private HttpsServer otherHost() throws Exception {
    return authority.server("panel.example", DAY, DAY, this::answer);
  }

  private HttpsServer selfSigned() throws Exception {
    return TestAuthority.selfSigned("localhost", this::answer);
  }

  @Test
  void aPanelWithAGoodCertificateIsAsked() throws Exception {
    try (HttpPanelClient client =
        client(authority.server("localhost", DAY, DAY, this::answer), /* verify= */ true)) {
      assertThat(client.servers()).isEmpty();
    }

    assertThat(credentials).containsExactly("Bearer id.canary");
  }

  private void refuses(HttpsServer server, String reason) throws Exception {
    try (HttpPanelClient client = client(server, /* verify= */ true)) {
      assertThatThrownBy(client::servers)
          .isInstanceOf(PanelException.class)
          .hasMessageContaining(reason)
          .hasMessageNotContaining("canary");
    }
    assertThat(credentials).as("what the wrong panel heard").isEmpty();
  }

  @Test
  @Proves("TL-03")
  void anotherHostsCertificateIsRefused() throws Exception {
    refuses(otherHost(), "is for another host name");
  }

  @Test
  @Proves("TL-03")
  void anExpiredCertificateIsRefused() throws Exception {
    refuses(expired(), "has expired");
  }

  @Test
  @Proves("TL-03")
  void aCertificateOfTheFutureIsRefused() throws Exception {
    refuses(notYetValid(), "is not valid yet");
  }

  @Test
  @Proves("TL-03")
  void aSelfSignedCertificateIsRefused() throws Exception {
    refuses(selfSigned(), "is self-signed or from an authority that Java does not know");
  }

  @Test
  @Proves("TL-03")
  void theSwitchAcceptsThemAllAndIsLoud() throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger(PanelHttp.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      for (HttpsServer server : List.of(otherHost(), expired(), notYetValid(), selfSigned())) {
        try (HttpPanelClient client = client(server, /* verify= */ false)) {
          assertThat(client.servers()).isEmpty();
        }
        server.stop(0);
      }
    } finally {
      logger.detachAppender(lines);
    }

    assertThat(credentials).hasSize(4);
    assertThat(lines.list)
        .hasSize(4)
        .allSatisfy(line -> {
          assertThat(line.getLevel()).isEqualTo(Level.WARN);
          assertThat(line.getFormattedMessage()).contains("NOT VERIFIED");
        });
  }

  @Test
  @Proves("TL-03")
  void theFirstContactOfANodeChecksTheCertificateToo() throws Exception {
    HttpsServer server = selfSigned();
    panel = server;
    URI url = URI.create("https://localhost:" + server.getAddress().getPort());

    assertThatThrownBy(() -> PanelSetup.enroll(url, "code", "1.0.0", /* verify= */ true))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("self-signed");
    assertThatThrownBy(() -> PanelSetup.nodeConfiguration(url, "key", 1, /* verify= */ true))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("self-signed");
    assertThat(credentials).isEmpty();
  }

  @Test
  void aRedirectToAnotherHostDoesNotCarryTheCredential() throws Exception {
    HttpsServer elsewhere = authority.server("localhost", DAY, DAY, this::answer);
    HttpServer redirecting =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    redirecting.createContext(
        "/",
        exchange -> {
          exchange
              .getResponseHeaders()
              .set("Location", "https://localhost:" + elsewhere.getAddress().getPort() + "/x");
          exchange.sendResponseHeaders(307, -1);
          exchange.close();
        });
    redirecting.start();
    panel = elsewhere;
    try (HttpPanelClient client =
        client("http://127.0.0.1:" + redirecting.getAddress().getPort(), /* verify= */ true)) {
      client.servers();
    } finally {
      redirecting.stop(0);
    }

    assertThat(credentials).containsExactly("null");
  }
}
