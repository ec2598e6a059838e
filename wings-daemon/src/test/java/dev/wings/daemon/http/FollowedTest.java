package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.Proves;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What begins behind an answer.
@Timeout(60)
class FollowedTest {
  private final AtomicInteger begun = new AtomicInteger();
  private final CompletableFuture<Request> inside = new CompletableFuture<>();
  private final CountDownLatch mayAnswer = new CountDownLatch(1);

  private HttpServer serve() throws Exception {
    Route route =
        Route.post("/start")
            .access(Access.PUBLIC)
            .handle(request -> {
              inside.complete(request);
              mayAnswer.await();
              return Response.accepted(begun::incrementAndGet);
            });
    return HttpServer.builder(new TestConfig(), new RouteTable(List.of(route)), new FakeServers())
        .start();
  }

  @Test
  @Proves("PN-03")
  void workBeginsOnceAndNotBeforeItsAnswer() throws Exception {
    try (HttpServer server = serve();
        RawClient client = new RawClient(server.port())) {
      client.send("POST /start HTTP/1.1\r\nHost: node\r\n\r\n");
      inside.get(20, TimeUnit.SECONDS);
      assertThat(begun).hasValue(0);
      mayAnswer.countDown();

      assertThat(client.read().status()).isEqualTo(202);

      await().until(() -> begun.get() == 1);
      client.send("POST /start HTTP/1.1\r\nHost: node\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(202);
      await().until(() -> begun.get() == 2);
    }
  }

  @Test
  void workBeginsAlsoWhenTheClientIsGone() throws Exception {
    try (HttpServer server = serve()) {
      Request request;
      try (RawClient client = new RawClient(server.port())) {
        client.send("POST /start HTTP/1.1\r\nHost: node\r\n\r\n");
        request = inside.get(20, TimeUnit.SECONDS);
      }
      await().until(request::clientGone);
      mayAnswer.countDown();

      await().until(() -> begun.get() == 1);
    }
  }
}
