package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.FakeServers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakWatch.class)
class ClientGoneTest {
  @Test
  void aHandlerLearnsThatNobodyWaitsAnyMore() throws Exception {
    CompletableFuture<Request> begun = new CompletableFuture<>();
    CountDownLatch end = new CountDownLatch(1);
    Route route =
        Route.get("/wait")
            .access(Access.PUBLIC)
            .handle(request -> {
              begun.complete(request);
              end.await();
              return Response.done();
            });
    try (HttpServer server =
        HttpServer.builder(new TestConfig(), new RouteTable(List.of(route)), new FakeServers())
            .start()) {
      Request request;
      try (RawClient client = new RawClient(server.port())) {
        client.send("GET /wait HTTP/1.1\r\nHost: node\r\n\r\n");
        request = begun.get(20, TimeUnit.SECONDS);
        assertThat(request.clientGone()).isFalse();
      }

      await().until(request::clientGone);
      end.countDown();
      try (RawClient next = new RawClient(server.port())) { // the server still serves others
        next.send("GET /wait HTTP/1.1\r\nHost: node\r\n\r\n");
        assertThat(next.read().status()).isEqualTo(200);
      }
    }
  }
}
