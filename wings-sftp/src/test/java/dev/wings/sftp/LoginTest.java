package dev.wings.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.testing.Proves;
import dev.wings.sftp.account.Credential;
import dev.wings.sftp.account.Verdict;
import dev.wings.sftp.limit.SftpLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LoginTest {
  private static final String USER = TestServer.USER;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  private TestServer server;
  private SshTestClient client;

  @BeforeEach
  void start() throws IOException {
    server = TestServer.start(directory, TestServer.roomy());
    client = new SshTestClient(server.port());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void aGoodPasswordLogsIn() throws Exception {
    try (ClientSession session = client.login(USER, TestServer.PASSWORD)) {
      client.channel(session, "session").opened().sftp();
    }
    assertThat(server.attempts())
        .singleElement()
        .satisfies(a -> {
          assertThat(a.userName()).isEqualTo(USER);
          assertThat(a.address().isLoopbackAddress()).isTrue();
          assertThat(a.clientVersion()).startsWith("SSH-2.0-");
        });
  }

  @Test
  void aGoodKeyLogsInAndOnlyTheSignedRequestIsAsked() throws Exception {
    KeyPair key = SshTestClient.key();
    server.key(USER, SshTestClient.line(key));
    try (ClientSession session = client.connect(USER)) {
      session.addPublicKeyIdentity(key);
      session.auth().verify(PATIENCE);
    }
    assertThat(server.credentials())
        .containsExactly(new Credential.PublicKey(SshTestClient.line(key)));
  }

  @Test
  void aWrongPasswordIsRejectedAndTheNextMayBeRight() throws Exception {
    try (ClientSession session = client.connect(USER)) {
      session.addPasswordIdentity("wrong");
      session.addPasswordIdentity(TestServer.PASSWORD);
      session.auth().verify(PATIENCE);
      assertThat(session.isAuthenticated()).isTrue();
    }
    assertThat(server.attempts()).hasSize(2);
  }

  @Test
  void aRefusedKeyIsAskedAboutOnceForEachConnection() throws Exception {
    KeyPair key = SshTestClient.key();
    for (int connection = 0; connection < 2; connection++) {
      try (ClientSession session = client.connect(USER)) {
        session.addPublicKeyIdentity(key);
        assertThatThrownBy(() -> session.auth().verify(PATIENCE)).isInstanceOf(IOException.class);
      }
    }
    assertThat(server.attempts()).hasSize(2);
  }

  @Proves("SF-01")
  @ParameterizedTest
  @ValueSource(strings = {"root", "alice", "alice.0a1b2c3", "alice.0A1B2C3D", "", "a\nb.zzzzzzzz"})
  void namesThatCannotBeAreRefusedWithoutAQuestionAndWithoutBeingCounted(String name) {
    for (int i = 0; i < 4; i++) {
      assertThat(client.tryLogin(name, "x", "127.0.0.1")).isFalse();
    }
    assertThat(server.attempts()).isEmpty();
    assertThat(client.tryLogin(USER, TestServer.PASSWORD, "127.0.0.1")).isTrue();
  }

  @Proves("SF-01")
  @Test
  void theFourthWrongPasswordIsNotAskedAndOthersAreNotAffected() {
    for (int i = 0; i < 6; i++) {
      assertThat(client.tryLogin(USER, "wrong", "127.0.0.2")).isFalse();
    }
    assertThat(server.attempts()).hasSize(3);
    assertThat(client.tryLogin(USER, TestServer.PASSWORD, "127.0.0.2")).isFalse();
    assertThat(server.attempts()).hasSize(3);
    assertThat(client.tryLogin(USER, TestServer.PASSWORD, "127.0.0.3")).isTrue();
  }

  @Proves("SF-01")
  @Test
  void anAuthenticatorThatCannotAnswerLocksNobodyOut() {
    server.decide((_, _) -> new Verdict.Unavailable("429"));
    for (int i = 0; i < 5; i++) {
      assertThat(client.tryLogin(USER, TestServer.PASSWORD, "127.0.0.2")).isFalse();
    }
    server.decide((a, _) -> new Verdict.Accepted(server.account(a.userName())));

    await().atMost(PATIENCE).until(() -> client.tryLogin(USER, TestServer.PASSWORD, "127.0.0.2"));
  }

  @Test
  void passwordsCanBeSwitchedOff() throws Exception {
    SftpLimits d = SftpLimits.DEFAULT;
    server.limit(new SftpLimits(false, false, 3, 20, d.cooldown(), 10, 10, 32, 1024, 20_000, 500));

    assertThat(client.tryLogin(USER, TestServer.PASSWORD, "127.0.0.1")).isFalse();

    assertThat(server.attempts()).isEmpty();
    KeyPair key = SshTestClient.key();
    server.key(USER, SshTestClient.line(key));
    try (ClientSession session = client.connect(USER)) {
      session.addPublicKeyIdentity(key);
      session.auth().verify(PATIENCE);
    }
  }

  @Test
  void aUserHasSoManyConnectionsAndGetsThemBack() throws Exception {
    List<ClientSession> sessions = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      sessions.add(client.login(USER, TestServer.PASSWORD));
    }
    ClientSession tooMany = client.connect(USER);
    tooMany.addPasswordIdentity(TestServer.PASSWORD);
    assertThatThrownBy(() -> tooMany.auth().verify(PATIENCE)).isInstanceOf(IOException.class);
    await().atMost(PATIENCE).until(() -> server.server().connections() == 10);
    server.password("bob.00000001", "b");
    assertThat(client.tryLogin("bob.00000001", "b", "127.0.0.1")).isTrue();

    sessions.forEach(s -> s.close(true));

    await().atMost(PATIENCE).until(() -> server.account(USER).subscriptions() == 0);
    assertThat(client.tryLogin(USER, TestServer.PASSWORD, "127.0.0.1")).isTrue();
  }

  @Proves("SF-03")
  @Test
  void whoIsRevokedIsToldAndGone() throws Exception {
    ClientSession session = client.login(USER, TestServer.PASSWORD);
    RawChannel channel = client.channel(session, "session").opened().sftp();
    server.password("bob.00000001", "b");
    ClientSession other = client.login("bob.00000001", "b");

    server.account(USER).revoke("permission revoked");

    await().atMost(Duration.ofSeconds(2)).until(session::isClosed);
    assertThat(channel.isOpen()).isFalse();
    assertThat(client.goodbye(session)).isEqualTo("11 permission revoked");
    await().atMost(PATIENCE).until(() -> server.account(USER).subscriptions() == 0);
    client.channel(other, "session").opened().sftp();
  }

  @Proves({"SF-01", "SF-02"})
  @Test
  void aSlowAuthenticatorHoldsUpNobodyElse() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    server.password("bob.00000001", "b");
    server.decide((attempt, _) -> {
      if (attempt.userName().equals(USER)) {
        awaitQuietly(answer);
        return new Verdict.Refused("late");
      }
      return new Verdict.Accepted(server.account(attempt.userName()));
    });
    List<ClientSession> stuck = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ClientSession session = client.connect(USER, "127.0.1." + (i + 1));
      session.addPasswordIdentity("x");
      session.auth();
      stuck.add(session);
    }
    await().atMost(PATIENCE).until(() -> server.attempts().size() >= 4);

    assertThat(client.tryLogin("bob.00000001", "b", "127.0.0.1")).isTrue();
    answer.countDown();
    stuck.forEach(s -> s.close(true));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Proves("SF-01")
  @Test
  void aGoodLoginSucceedsBesideAnAttackFromManyAddresses() throws Exception {
    server.password("owner.00000002", "good");
    ExecutorService attackers = Executors.newFixedThreadPool(8);
    try {
      CountDownLatch running = new CountDownLatch(30);
      for (int i = 0; i < 8; i++) {
        String network = "127.0." + (i + 1) + ".";
        attackers.execute(() -> {
          for (int n = 0; !attackers.isShutdown(); n++) {
            client.tryLogin(USER, "guess", network + (n % 5 + 1));
            running.countDown();
          }
        });
      }
      assertThat(running.await(40, TimeUnit.SECONDS)).isTrue();

      assertThat(client.tryLogin("owner.00000002", "good", "127.9.9.9")).isTrue();
    } finally {
      attackers.shutdownNow();
    }
    assertThat(server.attempts()).hasSizeLessThan(60);
  }
}
