package dev.wings.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.MessagePack;
import dev.wings.core.testing.FakeServers;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class HttpServerTest {
  @Test
  void answersInline() throws IOException {
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("a", 1);
    RouteTable table =
        new RouteTable(
            List.of(
                Route.get("/api/system")
                    .access(Access.NODE_TOKEN)
                    .handleInline(_ -> Response.ok(document)),
                Route.post("/api/echo")
                    .access(Access.NODE_TOKEN)
                    .body(Route.Body.STRUCTURED)
                    .handle(r -> Response.ok(r.document()))));
    try (HttpServer server =
            HttpServer.builder(new TestConfig(), table, new FakeServers()).start();
        RawClient client = new RawClient(server.port())) {
      String auth = "Authorization: Bearer " + TestConfig.TOKEN + "\r\n";
      client.send("GET /api/system HTTP/1.1\r\nHost: a\r\n" + auth + "\r\n");
      RawClient.Answer answer = client.read();
      assertThat(answer.text()).isEqualTo("{\"a\":1}");
      client.send(
          "POST /api/echo HTTP/1.1\r\n"
              + "Host: a\r\n"
              + "Accept: application/msgpack\r\n"
              + "Content-Type: application/json\r\n"
              + "Content-Length: 7\r\n"
              + auth
              + "\r\n{\"b\":2}GET /api/system HTTP/1.1\r\nHost: a\r\n\r\n");
      answer = client.read();
      assertThat(MessagePack.read(answer.body()).path("b").asInt()).isEqualTo(2);
      answer = client.read();
      assertThat(answer.status()).isEqualTo(401);
    }
  }
}
