package dev.wings.fs.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.wings.core.testing.Proves;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GuardedHttpClientTest {
  private static final String PUBLIC = "93.184.216.34";
  private static final AddressPolicy DEFAULT_POLICY =
      new AddressPolicy(() -> Network.DEFAULT, AddressPolicy.Surroundings.NONE);

  private Origin origin;
  private Network network;

  @BeforeEach
  void start() throws IOException {
    origin = new Origin((_, reply) -> reply.ok(""));
    network = new Network(origin.port());
  }

  @AfterEach
  void stop() throws IOException {
    origin.close();
  }

  private GuardedHttpClient serve(Origin.Handler handler) throws IOException {
    origin.close();
    origin = new Origin(handler);
    network = new Network(origin.port()).name("files.example", List.of(PUBLIC));
    return network.client();
  }

  private static String text(FetchResponse response) throws IOException {
    try (response) {
      return new String(response.body().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static Throwable failure(GuardedHttpClient client, String url) {
    return catchThrowable(() -> text(client.get(url)));
  }

  @Test
  @Proves("SR-02")
  void theConnectionGoesToTheAddressThatWasJudged() throws Exception {
    GuardedHttpClient client = serve((_, reply) -> reply.ok("hello", "Alt-Svc: h3=\":443\""));
    network.name("rebind.example", List.of(PUBLIC), List.of("127.0.0.1"));

    assertThat(text(client.get("http://rebind.example/a?b=c#d"))).isEqualTo("hello");

    assertThat(network.lookups()).containsExactly("rebind.example");
    assertThat(network.attempts()).containsExactly(PUBLIC + ":80");
    assertThat(origin.requests().getFirst()).startsWith("GET /a?b=c HTTP/1.1\n");
    assertThat(Origin.header(origin.requests().getFirst(), "host")).isEqualTo("rebind.example");
    assertThat(Origin.header(origin.requests().getFirst(), "user-agent"))
        .isEqualTo("Calagopus Wings (https://github.com/calagopus/wings)");
    assertThat(failure(client, "http://rebind.example/a"))
        .as("the second connection is judged by the second answer")
        .isInstanceOf(FetchException.class);
    assertThat(network.attempts()).hasSize(1);
  }

  @Test
  @Proves("SR-02")
  void blockedAddressesOfAnAnswerAreDropped() throws Exception {
    GuardedHttpClient client = serve((_, reply) -> reply.ok("x"));
    network.name("mixed.example", List.of("10.0.0.1", "::1", PUBLIC, "169.254.169.254"));

    assertThat(text(client.get("http://mixed.example:81/"))).isEqualTo("x");

    assertThat(network.attempts()).containsExactly(PUBLIC + ":81");
    assertThat(Origin.header(origin.requests().getFirst(), "host")).isEqualTo("mixed.example:81");
  }

  @Test
  void theNextAddressIsTriedWhenOneDoesNotAnswer() throws Exception {
    serve((_, _) -> {});
    Network dead = new Network(0).name("two.example", List.of("8.8.8.8", "10.0.0.1", "2606::1"));
    assertThat(failure(dead.client(), "http://two.example/"))
        .hasMessage("the remote server cannot be connected to");
    assertThat(dead.attempts()).containsExactly("8.8.8.8:80", "2606::1:80");
  }

  @Test
  @Proves("SR-02")
  void noProxyIsEverAsked() throws Exception {
    GuardedHttpClient client = serve((_, reply) -> reply.ok("direct"));
    ProxySelector before = ProxySelector.getDefault();
    List<URI> asked = new CopyOnWriteArrayList<>();
    ProxySelector.setDefault(
        new ProxySelector() {
          @Override
          public List<Proxy> select(URI uri) {
            asked.add(uri);
            return List.of(Proxy.NO_PROXY);
          }

          @Override
          public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
        });
    try {
      assertThat(text(client.get("http://files.example/"))).isEqualTo("direct");
    } finally {
      ProxySelector.setDefault(before);
    }
    assertThat(asked).isEmpty();
  }

  @Test
  @Proves("SR-03")
  void aPrivateTargetIsRefusedAtEveryHop() throws Exception {
    for (String target :
        List.of("http://10.1.2.3/", "http://2130706433/", "//[::1]/x", "http://inside.example/")) {
      for (int hop = 0; hop < 10; hop++) {
        int last = hop;
        GuardedHttpClient client =
            serve((path, reply) -> {
              int number = Integer.parseInt(path.substring(1));
              reply.redirect(302, number == last ? target : "/" + (number + 1));
            });
        network.name("inside.example", List.of("192.168.7.7"));

        assertThat(failure(client, "http://files.example/0"))
            .isInstanceOf(FetchException.class)
            .message()
            .containsAnyOf("is blocked", "no address to connect to");

        assertThat(network.attempts()).hasSize(hop + 1).containsOnly(PUBLIC + ":80");
        origin.close();
      }
    }
  }

  @Test
  @Proves("SR-03")
  void tenRedirectsAreFollowedAndNoMore() throws Exception {
    GuardedHttpClient client =
        serve((path, reply) -> {
          int left = Integer.parseInt(path.substring(1));
          if (left == 0) {
            reply.ok("there");
          } else {
            reply.redirect(List.of(301, 302, 303, 307, 308).get(left % 5), "/" + (left - 1));
          }
        });

    FetchResponse response = client.get("http://files.example/10");
    assertThat(response.finalUrl()).isEqualTo("http://files.example/0");
    assertThat(text(response)).isEqualTo("there");
    assertThat(failure(client, "http://files.example/11"))
        .hasMessage("the remote server redirects too often");
    assertThat(network.attempts()).hasSize(11 + 11);
  }

  @Test
  @Proves("SR-03")
  void aLoopOfRedirectsEnds() throws Exception {
    GuardedHttpClient client = serve((_, reply) -> reply.redirect(302, "http://files.example/"));
    assertThat(failure(client, "http://files.example/"))
        .hasMessage("the remote server redirects too often");
    assertThat(network.attempts()).hasSize(11);
  }

  @ParameterizedTest
  @Proves("SR-03")
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "ftp://files.example/x",
        "gopher://files.example/x",
        "data:text/plain,x",
        "javascript:alert(1)",
        "jar:http://files.example/x!/y",
        "http:files.example/x",
        "HTTP:/files.example",
        "http:///x",
        "http://",
        "http://user:password@files.example/",
        "http://user@files.example/",
        "//user@files.example/",
        "\\\\files.example\\x",
        "/\\files.example/x",
        "http://files.example:99999/"
      })
  void otherSchemesAndUserInfoAreRefusedInUrlsAndRedirects(String location) throws Exception {
    GuardedHttpClient client = serve((_, reply) -> reply.redirect(302, location));
    assertThat(failure(client, "http://files.example/")).hasMessage("failed to parse download URL");
    assertThat(network.attempts()).hasSize(1);
    assertThat(failure(client, location)).hasMessage("failed to parse download URL");
    assertThat(network.attempts()).hasSize(1);
  }

  @Test
  @Proves("SR-03")
  void thereIsNoWayBackFromHttpsToHttp() throws FetchException {
    Target secure = Target.parse("https://files.example/a/b?c");
    assertThatThrownBy(() -> secure.redirectedTo("http://files.example/"))
        .hasMessage("the remote server redirects from https to http");
    assertThat(secure.redirectedTo("//other.example/x").toString())
        .isEqualTo("https://other.example/x");
    assertThat(
            Target.parse("http://files.example/").redirectedTo("https://files.example/").secure())
        .isTrue();
  }

  @Test
  void relativeRedirectsAreResolved() throws FetchException {
    Target base = Target.parse("http://files.example:8080/a/b/c?q=1");
    for (List<String> pair :
        List.of(
            List.of("d", "/a/b/d"),
            List.of("./d?x=/../y", "/a/b/d?x=/../y"),
            List.of("../d/", "/a/d/"),
            List.of("../../../d", "/d"),
            List.of("..", "/a/"),
            List.of("/x/./y", "/x/y"),
            List.of("?z", "/a/b/c?z"),
            List.of("#part", "/a/b/c?q=1"),
            List.of("größe", "/a/b/gr%C3%B6%C3%9Fe"),
            List.of("a b", "/a/b/a%20b"),
            List.of("http://other.example", "/"))) {
      assertThat(base.redirectedTo(pair.get(0)).file()).as(pair.get(0)).isEqualTo(pair.get(1));
    }
    assertThat(base.redirectedTo("d").authority()).isEqualTo("files.example:8080");
    assertThat(Target.parse("HTTPS://Bücher.Example.:443?q").toString())
        .isEqualTo("https://xn--bcher-kva.example/?q");
    assertThat(Target.parse("http://[2606:4700:0::1]:80/").toString())
        .isEqualTo("http://[2606:4700::1]/");
  }

  @Test
  @Proves("SR-03")
  void bodiesOfRedirectsAreNotRead() throws Exception {
    byte[] megabyte = new byte[1 << 20];
    CountDownLatch gaveUp = new CountDownLatch(1);
    GuardedHttpClient client =
        serve((path, reply) -> {
          if (path.equals("/end")) {
            reply.ok("end");
            return;
          }
          reply.send(
              "HTTP/1.1 302 x\r\nLocation: /end\r\nContent-Length: " + (1L << 30) + "\r\n\r\n");
          try {
            for (int i = 0; i < 1024; i++) {
              reply.send(megabyte);
            }
          } finally {
            gaveUp.countDown();
          }
        });

    assertThat(text(client.get("http://files.example/"))).isEqualTo("end");

    gaveUp.await();
    assertThat(origin.written()).as("only what fits into sockets").isLessThan(256L << 20);
  }

  @Test
  @Proves("SR-06")
  void blockedTargetsLookTheSameOpenOrClosed() throws Exception {
    try (ServerSocket open = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      int closed;
      try (ServerSocket gone = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
        closed = gone.getLocalPort();
      }
      serve((_, reply) -> reply.redirect(302, "http://127.0.0.1:" + open.getLocalPort()));
      network
          .name("open.example", List.of("127.0.0.1"))
          .name("inside.example", List.of("10.0.0.1", "fd00::1"));
      GuardedHttpClient direct =
          new GuardedHttpClient(
              DEFAULT_POLICY,
              network,
              Connector.DIRECT,
              () -> {
                throw new IllegalStateException("no TLS here");
              },
              FetchTimings.STANDARD);

      String literal = "http://127.0.0.1:";
      assertThat(failure(direct, literal + open.getLocalPort()))
          .hasMessage(failure(direct, literal + closed).getMessage());
      assertThat(failure(direct, "http://open.example:" + open.getLocalPort()))
          .hasMessage(failure(direct, "http://open.example:" + closed).getMessage())
          .hasMessage(failure(direct, "http://inside.example/").getMessage())
          .as("nor whether a private name exists")
          .hasMessage(failure(direct, "http://no-such-name.example/").getMessage());
      assertThat(failure(network.client(), "http://files.example/"))
          .hasMessage(failure(direct, literal + closed).getMessage());
      open.setSoTimeout(1);
      assertThatThrownBy(open::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void bodiesEndWhereTheAnswerSays() throws Exception {
    GuardedHttpClient client =
        serve((path, reply) -> {
          switch (path) {
            case "/close" -> reply.send("HTTP/1.0 200 OK\r\n\r\nuntil close");
            case "/chunks" ->
                reply.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
                        + "3;a=\"b\"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nrest");
            case "/interim" ->
                reply
                    .send(
                        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
                    .ok("final");
            case "/longer" -> {
              reply.ok("abc");
              reply.send("more than was said");
            }
            case "/lf" -> reply.send("HTTP/1.1 200\nContent-Length: 2\n\nok");
            default -> reply.ok("");
          }
        });

    assertThat(text(client.get("http://files.example/close"))).isEqualTo("until close");
    assertThat(text(client.get("http://files.example/chunks"))).isEqualTo("abc0123456789");
    assertThat(text(client.get("http://files.example/interim"))).isEqualTo("final");
    assertThat(text(client.get("http://files.example/longer"))).isEqualTo("abc");
    assertThat(text(client.get("http://files.example/lf"))).isEqualTo("ok");
    assertThat(text(client.get("http://files.example/"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hello",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 999 OK\r\n\r\n",
        "HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
      })
  @Proves("SR-04")
  void whatIsNoCompleteAnswerIsAnError(String answer) throws Exception {
    GuardedHttpClient client = serve((_, reply) -> reply.send(answer));
    assertThat(failure(client, "http://files.example/")).isInstanceOf(FetchException.class);
  }

  @Test
  @Proves("SR-04")
  void endlessHeadsAreCutOff() throws Exception {
    GuardedHttpClient client =
        serve((path, reply) -> {
          reply.send(path.equals("/status") ? "" : "HTTP/1.1 200 OK\r\n");
          while (true) {
            reply.send("X-".repeat(500) + (path.equals("/lines") ? ": x\r\n" : ""));
          }
        });
    for (String path : List.of("status", "line", "lines")) {
      assertThat(failure(client, "http://files.example/" + path))
          .as(path)
          .hasMessage("the answer of the remote server is too long");
    }
    origin.close();
    GuardedHttpClient interim =
        serve((_, reply) -> {
          while (true) {
            reply.send("HTTP/1.1 100 x\r\n\r\n");
          }
        });
    assertThat(failure(interim, "http://files.example/"))
        .hasMessage("the answer of the remote server is not valid HTTP");
  }

  @Test
  @Proves("SR-04")
  void anAnswerThatDripsIsGivenUp() throws Exception {
    serve((path, reply) -> {
      if (path.equals("/body")) {
        reply.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
      }
      while (true) {
        reply.send("H");
        Thread.sleep(5); // the drip itself; nothing waits for it
      }
    });
    GuardedHttpClient client =
        network.client(
            DEFAULT_POLICY,
            new FetchTimings(
                Duration.ofSeconds(10), Duration.ofMillis(300), Duration.ofMillis(300), 4096));
    for (String path : List.of("head", "body")) {
      assertThat(failure(client, "http://files.example/" + path))
          .as(path)
          .hasMessage("the remote server did not answer in time");
    }
  }

  @Test
  @Proves("SR-04")
  void nothingIsDecompressed() throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(new byte[1 << 20]);
    }
    GuardedHttpClient client =
        serve((_, reply) ->
            reply
                .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
                .send(packed.toByteArray()));
    try (FetchResponse response = client.get("http://files.example/")) {
      assertThat(response.body().readAllBytes()).isEqualTo(packed.toByteArray());
    }
    assertThat(Origin.header(origin.requests().getFirst(), "accept-encoding"))
        .isEqualTo("identity");
  }

  @Test
  @Proves("SR-04")
  void interruptingTheThreadEndsAWaitForTheServer() throws Exception {
    Semaphore asked = new Semaphore(0);
    CountDownLatch never = new CountDownLatch(1);
    GuardedHttpClient client =
        serve((_, _) -> {
          asked.release();
          never.await();
        });
    for (Thread.Builder kind : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
      CompletableFuture<Throwable> outcome = new CompletableFuture<>();
      Thread waiting = kind.start(() -> outcome.complete(failure(client, "http://files.example/")));
      asked.acquire();
      waiting.interrupt();
      assertThat(outcome.get(30, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
    }
    never.countDown();
  }

  @Test
  void connectingHasADeadlineAndSharesItAmongTheAddresses() throws Exception {
    serve((_, _) -> {});
    List<Duration> limits = new CopyOnWriteArrayList<>();
    network.name("two.example", List.of("8.8.8.8", "9.9.9.9"));
    GuardedHttpClient client =
        new GuardedHttpClient(
            DEFAULT_POLICY,
            network,
            (InetSocketAddress _, Duration limit) -> {
              limits.add(limit);
              throw new SocketTimeoutException("connect timed out");
            },
            () -> {
              throw new IllegalStateException("no TLS here");
            },
            FetchTimings.STANDARD);

    assertThat(failure(client, "http://two.example/"))
        .hasMessage("the remote server did not answer in time");

    assertThat(limits).hasSize(2);
    assertThat(limits.get(0)).isLessThanOrEqualTo(Duration.ofSeconds(15));
    assertThat(limits.get(1)).isLessThanOrEqualTo(Duration.ofSeconds(30));
  }
}
