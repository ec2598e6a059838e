package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.FakeServers;
import dev.wings.fs.sandbox.Sandbox;
import dev.wings.fs.send.OpenedFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void aFileThatNobodyReceivesEndsWithTheClientAndIsNoFailure(@TempDir Path directory)
      throws Exception {
    long size = 1L << 30;
    try (var hole = new RandomAccessFile(directory.resolve("big").toFile(), "rw")) {
      hole.setLength(size);
    }
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    try (Sandbox sandbox = Sandbox.open(directory)) {
      Route route =
          Route.get("/big")
              .access(Access.PUBLIC)
              .handle(_ ->
                  new Response.Stream(
                      200,
                      Map.of(),
                      OptionalLong.of(size),
                      out -> {
                        try (OpenedFile file = OpenedFile.open(sandbox.getPath("/big"))) {
                          out.send(file, 0, size);
                        } catch (IOException failure) {
                          end.complete(failure);
                          throw failure;
                        }
                      }));
      try (HttpServer server =
          HttpServer.builder(new TestConfig(), new RouteTable(List.of(route)), new FakeServers())
              .start()) {
        try (RawClient client = new RawClient(server.port())) {
          client.send("GET /big HTTP/1.1\r\nHost: node\r\n\r\n");
          client.readHead();
        } // what is unread makes this a reset

        assertThat(end.get(20, TimeUnit.SECONDS)).isInstanceOf(ClientGoneException.class);
      }
    }
  }
}
