package dev.wings.daemon.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `wings backup` against a daemon that answers what a test says.
@Timeout(60)
class BackupCommandTest {
  private static final String BACKUP = "519e25c5-76ed-4563-ae2d-28d6fba99182";
  private static final String OTHER = "117cfc91-0bc4-410b-887e-77ce8b7438ce";
  private static final String SERVER = "345fbfe4-0d11-4819-a29a-249de12308f8";

  @TempDir private Path directory;
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private HttpServer daemon;
  private TestHost host;

  @BeforeEach
  void open() throws IOException {
    daemon = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    daemon.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String call = exchange.getRequestMethod() + " " + exchange.getRequestURI();
            calls.add(call + " " + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            String answer = answers.get(call);
            byte[] body =
                (answer == null ? "{\"error\":\"backup not found\"}" : answer).getBytes(UTF_8);
            exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    daemon.start();
    Files.writeString(
        directory.resolve("config.yml"),
        """
        uuid: 11111111-2222-3333-4444-555555555555
        token_id: id
        token: canary-token-0123456789-0123456789
        remote: https://panel.example
        api: { host: 127.0.0.1, port: %d }
        """
            .formatted(daemon.getAddress().getPort()));
    host = new TestHost(directory);
    answers.put(
        "GET /api/backups",
        """
        {"backups":[
         {"uuid":"%s","server":"%s","adapter":"btrfs","state":"complete","size":12,"changed":"2026-11-25T10:00:00Z"},
         {"uuid":"%s","server":"%s","adapter":"wings","state":"creating","size":null,"changed":"2026-11-25T11:00:00Z"}]}
        """
            .formatted(BACKUP, SERVER, OTHER, OTHER));
  }

  @AfterEach
  void close() {
    daemon.stop(0);
  }

  private int run(String... arguments) {
    List<String> all =
        new java.util.ArrayList<>(
            List.of("--config", directory.resolve("config.yml").toString(), "backup"));
    all.addAll(List.of(arguments));
    return host.run(all.toArray(String[]::new));
  }

  @Test
  void backupsAreListedAlsoOfOneServerOnly() {
    assertThat(run("list")).as(host.err()).isZero();
    assertThat(host.out()).contains(BACKUP, OTHER, "btrfs", "creating");

    assertThat(run("list", "--server", SERVER)).isZero();
    assertThat(host.out().lines().filter(line -> line.startsWith(OTHER))).hasSize(1); // as before
  }

  @Test
  void verificationOfAllLooksAtWhatIsComplete() {
    answers.put(
        "POST /api/backups/" + BACKUP + "/verify",
        "{\"sound\":true,\"files\":3,\"bytes\":12,\"faults\":[]}");

    assertThat(run("verify")).as(host.err()).isZero();

    assertThat(host.out()).contains(BACKUP + "  sound, 3 files, 12 bytes");
    assertThat(calls).noneMatch(call -> call.contains(OTHER));
  }

  @Test
  void damageIsPrintedAndIsTheExitStatus() {
    answers.put(
        "POST /api/backups/" + BACKUP + "/verify",
        "{\"sound\":false,\"files\":3,\"bytes\":12,\"faults\":[\"world.dat: checksum\"]}");

    assertThat(run("verify", BACKUP)).isEqualTo(1);

    assertThat(host.out()).contains("DAMAGED", "world.dat: checksum");
  }

  @Test
  void deletionNamesTheKindThatTheDaemonKnows() {
    answers.put("DELETE /api/backups/" + BACKUP, "{}");

    assertThat(run("delete", BACKUP)).as(host.err()).isZero();

    assertThat(calls.getLast())
        .isEqualTo(
            "DELETE /api/backups/" + BACKUP + " {\"adapter\":\"btrfs\",\"foreground\":true}");
    assertThat(run("delete", OTHER)).isEqualTo(1);
    assertThat(host.err()).contains("404: backup not found").doesNotContain("canary");
  }
}
