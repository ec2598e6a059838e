package dev.wings.daemon.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.collab.document.SharedText;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenIssuer;
import dev.wings.core.token.TokenRules;
import dev.wings.core.token.TokenVerifier;
import dev.wings.daemon.http.HttpServer;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Editing over real connections, event loops and virtual threads.
class CollabNetworkTest {
  private static final UUID SERVER = UUID.randomUUID();
  private static final String NODE_TOKEN =
      "a node token of the usual length, 64 characters are usual";
  private static final String FILE = "server.properties";
  private static final int EDITS = 60;

  private static void send(RawClient client, String event, String... arguments) throws Exception {
    ObjectNode message = JsonNodeFactory.instance.objectNode().put("event", event);
    List.of(arguments).forEach(message.putArray("args")::add);
    client.frame(0x81, message.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] bytes(Frames.Message message) {
    return Base64.getDecoder().decode(message.arguments().get(1));
  }

  @Test
  @Timeout(60)
  void editorsWhoAllWriteAtOnceEndWithTheSameTextAndFile(@TempDir Path directory) throws Exception {
    int uid = (int) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    int gid = (int) Files.getAttribute(directory, "unix:gid", LinkOption.NOFOLLOW_LINKS);
    Path file = directory.resolve(SERVER.toString()).resolve(FILE);
    TokenClock clock = new TokenClock(InstantSource.system(), System::nanoTime);
    DenyList denyList = new DenyList(clock);
    TokenVerifier verifier = new TokenVerifier(NODE_TOKEN, clock, denyList, TokenRules.STANDARD);
    try (Volume volume = new Volumes(VolumeSettings.of(directory, uid, gid)).of(SERVER)) {
      volume.prepare();
      Files.writeString(file, "motd=hello\n");
      FakeServer server = new FakeServer(FakeServer.definition(SERVER, "test"), volume, clock);
      ConsoleSockets sockets = BenchSockets.create(verifier, clock, denyList, 32, 40);
      try (HttpServer http = BenchSockets.serve(new FakeServers(server), sockets)) {
        editAndSave(http, new TokenIssuer(NODE_TOKEN, clock), file);
      }
    }
  }

  private static void editAndSave(HttpServer http, TokenIssuer issuer, Path file) throws Exception {
    List<RawClient> clients = new ArrayList<>();
    List<SharedText> documents = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      RawClient client = new RawClient(http.port(), SERVER);
      client.authenticate(
          issuer.websocket(
              new UUID(1, i), "x", SERVER, SocketHarness.OWNER, List.of(), Duration.ofMinutes(5)));
      send(client, "file collab subscribe", FILE);
      SharedText document = new SharedText(i + 1);
      document.applyUpdate(bytes(client.await("file collab sync")));
      clients.add(client);
      documents.add(document);
    }
    Random random = new Random(3);
    for (int round = 0; round < EDITS; round++) {
      for (int i = 0; i < clients.size(); i++) { // nobody has seen what the others do
        SharedText document = documents.get(i);
        byte[] known = document.stateVector();
        int from = random.nextInt(document.text().length());
        document.replace(from, from + 1, "<" + i + ">");
        String update = Base64.getEncoder().encodeToString(document.encodeStateAsUpdate(known));
        send(clients.get(i), "file collab update", FILE, "1", update);
      }
    }
    for (int i = 0; i < clients.size(); i++) {
      for (int updates = 0; updates < EDITS * (clients.size() - 1); updates++) {
        documents.get(i).applyUpdate(bytes(clients.get(i).await("file collab update")));
      }
    }
    String text = documents.getFirst().text();
    assertThat(documents).extracting(SharedText::text).containsOnly(text);
    send(clients.getFirst(), "file collab save", FILE);
    for (RawClient client : clients) {
      client.await("file collab saved");
    }
    assertThat(file).hasContent(text);
    for (RawClient client : clients) {
      client.close();
    }
  }
}
