package dev.wings.daemon.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.access.AccessControl;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.server.ServerLock;
import dev.wings.core.testing.Proves;
import dev.wings.core.token.DenyList;
import dev.wings.daemon.sftp.OpenSsh.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What ends the work of somebody who is in the middle of an upload.
@Timeout(120)
class SftpRevocationIT {
  /// The requirement's two seconds, and some for a machine that is busy with other tests.
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path directory;
  private SftpFixture node;

  @BeforeAll
  static void client() {
    OpenSsh.require();
  }

  @BeforeEach
  void open() throws IOException {
    node = new SftpFixture(directory);
    node.local("big", new byte[64 << 20]);
  }

  @AfterEach
  void close() {
    node.close();
  }

  /// Why somebody loses access.
  enum Cause {
    DEAUTHORIZED(node -> access(node).deauthorize(SftpFixture.USER, List.of(SftpFixture.SERVER))),
    DEAUTHORIZED_EVERYWHERE(node -> access(node).deauthorize(SftpFixture.USER, List.of())),
    NO_PERMISSIONS_LEFT(
        node -> access(node).push(node.server, SftpFixture.USER, List.of(), List.of())),
    NO_SFTP_ANY_MORE(node ->
        access(node).push(node.server, SftpFixture.USER, List.of("files.update"), List.of())),
    SUSPENDED(node -> node.server.becomeLocked(ServerLock.SUSPENDED)),
    DELETED(node -> node.server.events().publish(new ServerEvent.Deleted())),
    GONE(node -> node.servers.delete(SftpFixture.SERVER));

    private final Consumer<SftpFixture> happen;

    Cause(Consumer<SftpFixture> happen) {
      this.happen = happen;
    }

    private static AccessControl access(SftpFixture node) {
      return new AccessControl(node.servers, new DenyList(InstantSource.system()));
    }
  }

  private Process upload() throws IOException {
    Process upload =
        node.client().startSftp(List.of("-l", "20000"), "put " + directory + "/big /big");
    await("the upload has begun")
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> Files.size(node.host.resolve("big")) > 256 << 10);
    return upload;
  }

  @ParameterizedTest
  @EnumSource
  @Proves("SF-03")
  void theConnectionEndsAndNothingMoreIsWritten(Cause cause) throws Exception {
    Process upload = upload();
    Process console = node.client().startSsh(List.of("-tt"));
    await("the console is open").until(() -> console.getInputStream().available() > 0);

    cause.happen.accept(node);

    assertThat(upload.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(upload.exitValue()).isNotZero();
    assertThat(console.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    long kept = Files.size(node.host.resolve("big"));
    assertThat(kept).isLessThan(64 << 20);
    node.server.onFiles(() -> true);
    assertThat(Files.size(node.host.resolve("big"))).isEqualTo(kept);
  }

  @Test
  @Proves("SF-03")
  void theUserIsToldAndOthersStay() throws Exception {
    Process upload = upload();
    access().deauthorize(UUID.randomUUID(), List.of());
    assertThat(upload.waitFor(1500, TimeUnit.MILLISECONDS)).isFalse();

    access().deauthorize(SftpFixture.USER, List.of());

    Result result = OpenSsh.finish(upload);
    assertThat(result.output()).contains("permission revoked");
    assertThat(node.client().sftp("ls /").status()).as("the Panel lets in again").isZero();
  }

  private AccessControl access() {
    return new AccessControl(node.servers, new DenyList(InstantSource.system()));
  }

  @Test
  @Proves("SF-03")
  void aRightThatIsTakenAwayStopsTheUploadAndNotTheConnection() throws Exception {
    Process upload = upload();

    access()
        .push(
            node.server,
            SftpFixture.USER,
            List.of("files.sftp", "files.read", "files.read-content"),
            List.of());

    Result result = OpenSsh.finish(upload);
    assertThat(result.output()).contains("Permission denied");
    assertThat(Files.size(node.host.resolve("big"))).isLessThan(64 << 20);
  }

  @Test
  void aServerThatIsBeingInstalledRefusesWorkAndKeepsTheConnection() throws Exception {
    Process upload = upload();

    node.server.becomeLocked(ServerLock.INSTALLING);

    assertThat(OpenSsh.finish(upload).output()).contains("Permission denied");
    assertThat(node.client().sftp("ls /").status()).as("no new login").isNotZero();
    node.server.becomeLocked(null);
    assertThat(node.client().sftp("ls /").status()).isZero();
  }

  @Test
  @Proves("SF-03")
  void aLoginThatIsUnderWayDuringARevocationOpensNothing() throws Exception {
    var gate = node.panel.gates();
    gate.close(dev.wings.core.testing.FakePanel.Call.LOGIN);
    Process login = node.client().startSftp(List.of(), "ls /");
    await().until(() -> !node.panel.attempts().isEmpty());

    access().deauthorize(SftpFixture.USER, List.of());
    gate.open(dev.wings.core.testing.FakePanel.Call.LOGIN);

    assertThat(OpenSsh.finish(login).status()).isNotZero();
  }

  @Test
  void connectionsOfAUserAreLimited() throws Exception {
    node.config.set("system.sftp.limits.max_connections_per_user", 2);
    Process first = node.client().startSsh(List.of("-tt"));
    Process second = node.client().startSsh(List.of("-tt"));
    await("both are open")
        .until(() ->
            first.getInputStream().available() > 0 && second.getInputStream().available() > 0);

    assertThat(node.client().sftp("ls /").status()).isNotZero();

    first.destroy();
    assertThat(first.waitFor(10, TimeUnit.SECONDS)).isTrue();
    await().atMost(Duration.ofSeconds(20)).until(() -> node.client().sftp("ls /").status() == 0);
    second.destroy();
  }
}
