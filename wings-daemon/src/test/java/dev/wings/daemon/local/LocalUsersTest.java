package dev.wings.daemon.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.WingsException;
import dev.wings.core.panel.PanelException;
import dev.wings.core.panel.SftpAccess;
import dev.wings.core.panel.SftpAttempt;
import dev.wings.core.permission.Permission;
import dev.wings.core.testing.FakeServers;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Those who may log in on a stand-alone node.
@Timeout(60)
class LocalUsersTest {
  private static final UUID ONE = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final UUID TWO = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");
  private static final String KEY =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF3pcz33rJ4JHBuJQDskQuyFVu9lJwqUX6k78Y4lIM/T";

  /// Of `correct horse`.
  private static final String HASH = PasswordHash.of("correct horse", new Random(1)).encoded();

  @TempDir Path directory;

  private final FakeServers servers = new FakeServers();
  private final List<UUID> revoked = new CopyOnWriteArrayList<>();
  private LocalPanel panel;
  private @Nullable LocalDirectory local;

  @BeforeEach
  void open() throws IOException {
    panel = new LocalPanel(directory, InstantSource.system());
    for (UUID id : List.of(ONE, TWO)) {
      Files.writeString(
          directory.resolve("servers").resolve(id + ".json"), TestDefinitions.json(id, "test"));
      panel.admit(id);
      servers.create(id, false, false);
      servers.find(id).orElseThrow().permissions().onRevocation(revoked::add);
    }
    users(user("alice", ""));
  }

  @AfterEach
  void close() throws IOException {
    if (local != null) {
      local.close();
    }
  }

  private static String user(String name, String more) {
    return "  - name: "
        + name
        + "\n    password: "
        + HASH
        + "\n    keys: ['"
        + KEY
        + " alice@home']\n    servers: ['"
        + ONE
        + "']\n"
        + more;
  }

  private void users(String... entries) throws IOException {
    Path temporary = directory.resolve("users.tmp");
    Files.writeString(temporary, "users:\n" + String.join("", entries));
    Files.move(
        temporary,
        directory.resolve("users.yml"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private SftpAccess password(String userName, String password) {
    return panel.sftpAuth(new SftpAttempt(SftpAttempt.Kind.PASSWORD, userName, password));
  }

  private SftpAccess key(String userName, String line) {
    return panel.sftpAuth(new SftpAttempt(SftpAttempt.Kind.PUBLIC_KEY, userName, line));
  }

  @Test
  void aPasswordOpensAServer() {
    SftpAccess access = password("alice.345fbfe4", "correct horse");

    assertThat(access.server()).isEqualTo(ONE);
    assertThat(access.permissions().allows(Permission.FILE_DELETE)).isTrue();
    assertThat(access.permissions().allows(Permission.WEBSOCKET_CONNECT)).isTrue();
    assertThat(access.user()).isEqualTo(password("alice.345FBFE4", "correct horse").user());
  }

  @Test
  void aKeyOpensAServerWhateverItsComment() {
    assertThat(key("alice.345fbfe4", KEY).server()).isEqualTo(ONE);
    assertThat(key("alice.345fbfe4", KEY + " another comment").server()).isEqualTo(ONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alice.345fbfe4|wrong",
        "alice.345fbfe4|",
        "bob.345fbfe4|correct horse",
        "alice.4f15bee2|correct horse",
        "alice.00000000|correct horse",
        "alice.345fbfe|correct horse",
        "alice.|correct horse",
        "alice|correct horse",
        "|correct horse"
      })
  void anythingElseIsRefused(String login) {
    String[] parts = login.split("\\|", 2);

    assertThatThrownBy(() -> password(parts[0], parts[1]))
        .isInstanceOfSatisfying(
            PanelException.class, refused -> assertThat(refused.unavailable()).isFalse());
  }

  @Test
  void aForeignKeyIsRefused() {
    assertThatThrownBy(() -> key("alice.345fbfe4", KEY.replace("IM/T", "IM/U")))
        .isInstanceOf(PanelException.class);
    assertThatThrownBy(() -> key("alice.345fbfe4", "nonsense")).isInstanceOf(PanelException.class);
  }

  @Test
  void permissionsAndHiddenFilesAreThoseOfTheEntry() throws IOException {
    users(
        user(
            "alice",
            "    permissions: [files.sftp, files.read]\n    ignored_files: ['secret/', '*.db']\n"
                + "    uuid: 4f15bee2-7626-4c39-9234-f28f42d30dc5\n"));

    SftpAccess access = key("alice.345fbfe4", KEY);

    assertThat(access.permissions().wireNames()).containsExactly("file.read", "file.sftp");
    assertThat(access.ignoredFiles()).containsExactly("secret/", "*.db");
    assertThat(access.user()).isEqualTo(TWO);
  }

  @Test
  void aWrongEntryCostsOnlyThatUser() throws IOException {
    users(
        "  - name: plain\n    password: hunter2\n    servers: ['*']\n",
        "  - name: everywhere\n    keys: ['" + KEY + "']\n    servers: ['*']\n",
        "  - name: nowhere\n    keys: ['" + KEY + "']\n",
        "  - name: 'bad name'\n    servers: ['*']\n",
        "  - name: hidden\n    keys: ['" + KEY + "']\n    servers: ['*']\n    ignored_files: 5\n");

    assertThat(panel.users().all()).containsOnlyKeys("everywhere");
    assertThat(key("everywhere.4f15bee2", KEY).server()).isEqualTo(TWO);
  }

  @Test
  void aFileThatCannotBeReadChangesNothing() throws IOException {
    key("alice.345fbfe4", KEY);
    Files.writeString(directory.resolve("users.yml"), "users: [\n");

    assertThat(key("alice.345fbfe4", KEY).server()).isEqualTo(ONE);
  }

  @Test
  void withoutAFileNobodyGetsIn() throws IOException {
    Files.delete(directory.resolve("users.yml"));

    assertThatThrownBy(() -> key("alice.345fbfe4", KEY)).isInstanceOf(PanelException.class);
  }

  private UUID logIn() throws IOException {
    SftpAccess access = key("alice.345fbfe4", KEY);
    servers
        .find(ONE)
        .orElseThrow()
        .permissions()
        .push(access.user(), List.of("*"), access.ignoredFiles());
    LocalDirectory started = new LocalDirectory(panel, servers);
    local = started;
    started.start();
    return access.user();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "  - name: somebody-else\n    servers: ['*']\n",
        "  - name: alice\n    servers: ['*']\n",
        "  - name: alice\n    keys: ['KEY']\n    servers: ['*']\n",
        "  - name: alice\n    password: HASH\n    keys: ['KEY']\n"
            + "    servers: ['4f15bee2-7626-4c39-9234-f28f42d30dc5']\n",
        "  - name: alice\n    password: HASH\n    keys: ['KEY']\n    servers: ['*']\n"
            + "    permissions: []\n"
      })
  @Proves("SF-03")
  void whoLosesAccessIsRevokedAtOnce(String entry) throws IOException {
    UUID user = logIn();

    users(entry.replace("HASH", HASH).replace("KEY", KEY));

    await().atMost(Duration.ofSeconds(10)).until(() -> revoked.contains(user));
  }

  @Test
  void changedPermissionsTakeEffectWithoutARevocation() throws IOException {
    UUID user = logIn();

    users(user("alice", "    permissions: [files.sftp]\n"));

    await()
        .atMost(Duration.ofSeconds(10))
        .until(() ->
            servers.find(ONE).orElseThrow().permissions().find(user).stream()
                .anyMatch(entry -> entry.permissions().wireNames().equals(List.of("file.sftp"))));
    assertThat(revoked).isEmpty();
  }

  @Test
  void hashesOfOtherProgramsAreUnderstood() {
    PasswordHash reference = // from the tests of the reference implementation
        PasswordHash.parse(
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
                + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");
    assertThat(reference.matches("password")).isTrue();
    assertThat(reference.matches("Password")).isFalse();

    PasswordHash hash = PasswordHash.of("secret", new Random(2));
    assertThat(PasswordHash.parse(hash.encoded())).isEqualTo(hash);
    assertThat(hash.encoded()).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=999999,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=99,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=2,p=0$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=4,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
      })
  void otherTextsAreNoHashes(String text) {
    assertThatThrownBy(() -> PasswordHash.parse(text)).isInstanceOf(WingsException.class);
  }
}
