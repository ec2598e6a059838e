package dev.wings.daemon.ws;

import static dev.wings.daemon.ws.SocketHarness.OTHER_USER;
import static dev.wings.daemon.ws.SocketHarness.OWNER;
import static dev.wings.daemon.ws.SocketHarness.SERVER;
import static dev.wings.daemon.ws.SocketHarness.USER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.activity.Activity;
import dev.wings.core.collab.CollabErrors;
import dev.wings.core.collab.document.SharedText;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.hash.Blake3;
import dev.wings.core.permission.PermissionSet;
import dev.wings.core.testing.Proves;
import dev.wings.core.upload.UploadEntry;
import dev.wings.daemon.collab.SaveHistory;
import dev.wings.fs.revision.Revisions;
import dev.wings.fs.volume.Volume;
import dev.wings.fs.volume.VolumeSettings;
import dev.wings.fs.volume.Volumes;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two browsers edit the files of a real volume.
class CollabSocketTest {
  private static final String FILE = "config/server.properties";
  private static final List<String> READER =
      List.of("websocket.connect", "meta.calagopus", "files.read-content");

  @TempDir Path directory;
  private Volume volume;
  private Path host;
  private Revisions revisions;
  private SocketHarness harness;

  @BeforeEach
  void open() throws IOException {
    int uid = (int) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    int gid = (int) Files.getAttribute(directory, "unix:gid", LinkOption.NOFOLLOW_LINKS);
    volume = new Volumes(VolumeSettings.of(directory, uid, gid)).of(SERVER);
    volume.prepare();
    host = directory.resolve(SERVER.toString());
    Files.createDirectories(host.resolve("config"));
    Files.writeString(host.resolve(FILE), "motd=hello\n");
    Files.writeString(host.resolve("secret.txt"), "secret");
    revisions =
        new Revisions(
            directory.resolve("diffs"),
            () -> new SystemConfig.FileHistory(true, 3, 4, 5, 1 << 20, 5 << 20, 200 << 20, 3600),
            InstantSource.system());
    harness = new SocketHarness(volume, SaveHistory.of(revisions));
  }

  @AfterEach
  void close() {
    harness.close();
    revisions.close();
    volume.close();
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String hash(String text) {
    return Blake3.hex(text.getBytes(StandardCharsets.UTF_8));
  }

  private String onDisk() throws IOException {
    return Files.readString(host.resolve(FILE));
  }

  /// One browser with the file open.
  private final class Browser {
    final SocketHarness.Connection connection;
    SharedText document = new SharedText(0);
    private final long number;

    Browser(SocketHarness.Connection connection, long number) {
      this.connection = connection;
      this.number = number;
    }

    static Browser of(CollabSocketTest test, UUID user, List<String> permissions, long number) {
      SocketHarness.Connection connection = test.harness.connect();
      connection.send("auth", test.harness.token(user, permissions));
      connection.messages();
      return test.new Browser(connection, number);
    }

    List<String> subscribe(String path) {
      document = new SharedText(number);
      connection.send("file collab subscribe", path);
      return received();
    }

    void type(int from, int to, String text) throws Exception {
      byte[] known = document.stateVector();
      document.replace(from, to, text);
      connection.send("file collab update", FILE, "1", base64(document.encodeStateAsUpdate(known)));
    }

    /// What arrived; documents and updates are taken in.
    List<String> received() {
      List<String> texts = new ArrayList<>();
      for (Frames.Message message : connection.messages()) {
        if (message.event().equals("file collab sync")
            || message.event().equals("file collab update")) {
          try {
            document.applyUpdate(Base64.getDecoder().decode(message.arguments().get(1)));
          } catch (Exception e) {
            throw new AssertionError(e);
          }
          texts.add(message.event());
        } else {
          texts.add(message.toString());
        }
      }
      return texts;
    }

    String text() {
      received();
      return document.text();
    }
  }

  private Browser browser(UUID user, List<String> permissions, long number) {
    return Browser.of(this, user, permissions, number);
  }

  @Test
  void editsOfTwoBrowsersConvergeAndAreSaved() throws Exception {
    Browser anna = browser(USER, OWNER, 1);
    Browser bert = browser(OTHER_USER, OWNER, 2);
    assertThat(anna.subscribe("/config/../config/server.properties"))
        .containsExactly(
            "file collab sync",
            "file collab participants [config/server.properties, [{\"user\":\""
                + USER
                + "\",\"name\":\"someone\",\"avatar\":null}]]");
    bert.subscribe(FILE);
    anna.received();

    anna.document.replace(0, 4, "MOTD"); // both at the same time
    byte[] known = SharedText.of(0, "").stateVector();
    String fromAnna = base64(anna.document.encodeStateAsUpdate(known));
    bert.type(11, 11, "port=25565\n");
    anna.connection.send("file collab update", FILE, "0", fromAnna.substring(0, 40));
    anna.connection.send("file collab update", FILE, "1", fromAnna.substring(40));
    assertThat(anna.text()).isEqualTo("MOTD=hello\nport=25565\n").isEqualTo(bert.text());
    anna.connection.send("file collab save", FILE);

    assertThat(onDisk()).isEqualTo("MOTD=hello\nport=25565\n");
    String saved =
        "file collab saved [config/server.properties, {\"user\":\""
            + USER
            + "\",\"revision_id\":2}]";
    assertThat(anna.received()).containsExactly(saved);
    assertThat(bert.received()).containsExactly(saved);
    Activity activity = harness.server.activities().getFirst();
    assertThat(activity.event()).isEqualTo("server:file.write");
    assertThat(String.valueOf(activity.metadata()))
        .isEqualTo("{\"file\":\"config/server.properties\",\"revision_id\":2}");
    assertThat(revisions.list(SERVER, FILE)).hasSize(2);
    assertThat(activity.actor().user()).isEqualTo(USER);
    assertThat(activity.actor().ip()).isEqualTo("192.0.2.1");
  }

  @Test
  void aFileThatChangesOnTheDiskIsAConflictThatCanBeForced() throws Exception {
    Browser anna = browser(USER, OWNER, 1);
    anna.subscribe(FILE);
    anna.type(0, 4, "MOTD");
    Files.writeString(host.resolve(FILE), "changed by the game\n");
    String disk = hash("changed by the game\n");
    String conflict =
        "file collab conflict [config/server.properties, {\"hash\":\""
            + disk
            + "\",\"deleted\":false}]";

    anna.connection.send("file collab save", FILE);
    assertThat(anna.received()).containsExactly(conflict);
    anna.connection.send("file collab save", FILE, "1", hash("something else"));
    assertThat(anna.received()).containsExactly(conflict);
    assertThat(onDisk()).isEqualTo("changed by the game\n");
    anna.connection.send("file collab save", FILE, "1", disk);

    assertThat(onDisk()).isEqualTo("MOTD=hello\n");
    harness.advance(Duration.ofSeconds(2));
    Files.writeString(host.resolve(FILE), "changed once more\n");
    anna.received();
    harness.advance(Duration.ofSeconds(2));
    assertThat(anna.received())
        .containsExactly("file collab error [config/server.properties, resync]");
    anna.subscribe(FILE);
    assertThat(anna.text()).isEqualTo("changed once more\n");
  }

  @Test
  @Proves("WS-02")
  void editingNeedsItsPermissionsNow() throws Exception {
    Browser anna = browser(USER, OWNER, 1);
    Browser reader = browser(OTHER_USER, READER, 2);
    Browser stranger = browser(OTHER_USER, List.of("websocket.connect", "meta.calagopus"), 3);
    assertThat(stranger.subscribe(FILE))
        .containsExactly("file collab error [" + FILE + ", missing permission]");
    // the live entry of the user is the one of the last token
    reader.connection.send("auth", harness.token(OTHER_USER, READER));
    reader.received();
    anna.subscribe(FILE);
    reader.subscribe("/" + FILE);

    reader.type(0, 4, "hack");
    reader.connection.send("file collab save", FILE);
    reader.connection.send("file collab reload", FILE);
    String refused = "file collab error [" + FILE + ", missing permission]";
    assertThat(reader.received()).containsExactly(refused, refused, refused);
    anna.type(0, 4, "MOTD");
    assertThat(reader.received()).containsExactly("file collab update");
    harness
        .server
        .permissions()
        .fetched(OTHER_USER, PermissionSet.parse(List.of("websocket.connect")), List.of());
    anna.type(0, 4, "hidden");
    assertThat(reader.received()).isEmpty();

    // what was missed is not lost once the user may read again
    harness.server.permissions().fetched(OTHER_USER, PermissionSet.parse(READER), List.of());
    harness.advance(Duration.ofSeconds(1));
    assertThat(reader.received()).containsExactly("file collab error [/" + FILE + ", resync]");
    reader.subscribe("/" + FILE);
    assertThat(reader.text()).isEqualTo("hidden=hello\n");
    assertThat(onDisk()).isEqualTo("motd=hello\n");
  }

  @Test
  void anExpiredTokenMeansToBeginAnewAfterItsRenewal() throws Exception {
    Browser anna = browser(USER, OWNER, 1);
    anna.subscribe(FILE);
    pass(10, anna);
    Browser bert = browser(OTHER_USER, OWNER, 2);
    bert.subscribe(FILE);
    pass(11, anna, bert);
    assertThat(anna.received()).contains("token expired");
    bert.type(0, 4, "MOTD");
    anna.received();

    anna.connection.send("auth", harness.token(USER, OWNER));

    assertThat(anna.received()).contains("file collab error [" + FILE + ", resync]");
    anna.subscribe(FILE);
    assertThat(anna.text()).isEqualTo("MOTD=hello\n");
  }

  /// Half minutes in which the browsers answer pings.
  private void pass(int halfMinutes, Browser... browsers) {
    for (int i = 0; i < halfMinutes; i++) {
      harness.advance(Duration.ofSeconds(30));
      for (Browser browser : browsers) {
        browser.connection.sendFrame(new PongWebSocketFrame());
      }
    }
  }

  @Test
  void theNodeCanDisableIt() {
    SystemConfig.FileCollaboration usual = SocketHarness.COLLABORATION;
    harness.collaboration =
        new SystemConfig.FileCollaboration(
            false,
            usual.fileSizeCap(),
            usual.maxSessionsPerServer(),
            usual.maxSessionsPerConnection(),
            usual.maxEditorsPerSession(),
            usual.maxCursorsPerConnection(),
            usual.sessionGracePeriod());

    assertThat(browser(USER, OWNER, 1).subscribe(FILE))
        .containsExactly("file collab error [" + FILE + ", " + CollabErrors.DISABLED + "]");
  }

  @Test
  @Proves("FS-06")
  void hiddenFilesDoNotExist() throws Exception {
    Files.createSymbolicLink(host.resolve("config/link"), Path.of("../secret.txt"));
    Files.createSymbolicLink(host.resolve("alias"), Path.of("config"));
    Files.createSymbolicLink(host.resolve("outside"), Path.of("/etc/hostname"));
    Browser anna = browser(USER, OWNER, 1);
    harness
        .server
        .permissions()
        .fetched(USER, PermissionSet.parse(OWNER), List.of("secret.txt", "config/hidden.txt"));
    Files.writeString(host.resolve("config/hidden.txt"), "hidden");

    for (String path :
        List.of(
            "secret.txt",
            "/config/../secret.txt",
            "config/link",
            "alias/hidden.txt",
            "outside",
            "absent.txt",
            "no/such/directory",
            "secret.txt\0")) {
      assertThat(anna.subscribe(path))
          .as(path)
          .containsExactly("file collab error [" + path + ", file not found]");
    }
    assertThat(anna.subscribe("config"))
        .containsExactly("file collab error [config, " + CollabErrors.NOT_A_FILE + "]");
    assertThat(anna.subscribe("/"))
        .containsExactly("file collab error [/, " + CollabErrors.NOT_A_FILE + "]");
    assertThat(anna.subscribe("alias/server.properties").getLast())
        .startsWith("file collab participants [config/server.properties, ");
  }

  @Test
  void aDiskLimitHoldsForSaves() throws Exception {
    Browser anna = browser(USER, OWNER, 1);
    anna.subscribe(FILE);
    anna.type(0, 0, "x".repeat(100_000));
    volume.limit(64 << 10);

    anna.connection.send("file collab save", FILE);

    assertThat(anna.received())
        .containsExactly("file collab error [" + FILE + ", " + CollabErrors.NO_SPACE + "]");
    assertThat(onDisk()).isEqualTo("motd=hello\n");
    volume.limit(0);
    anna.connection.send("file collab save", FILE);
    assertThat(onDisk()).hasSize(100_011);
  }

  @Test
  @Proves("WS-05")
  void anEditorThatDoesNotReadMissesUpdatesAndBeginsAnewLater() throws Exception {
    Browser anna = browser(USER, OWNER, 1);
    Browser bert = browser(OTHER_USER, OWNER, 2);
    anna.subscribe(FILE);
    bert.subscribe(FILE);
    anna.received();
    anna.connection.stalled = true;

    for (int i = 0; i < 30; i++) { // more than is kept for anybody
      bert.type(0, bert.document.text().length(), String.valueOf(i % 10).repeat(150_000));
    }
    assertThat(bert.received()).isEmpty();
    anna.connection.resume();
    assertThat(anna.connection.open()).isTrue();
    harness.advance(Duration.ofSeconds(2));

    List<String> received = anna.received();
    assertThat(received).hasSizeLessThan(30);
    assertThat(received.getLast()).isEqualTo("file collab error [" + FILE + ", resync]");
    anna.subscribe(FILE);
    assertThat(anna.text()).isEqualTo("9".repeat(150_000));
  }

  @Test
  void cursorsGoWhenTheConnectionGoes() throws Exception {
    Browser anna = browser(USER, OWNER, 1);
    Browser bert = browser(OTHER_USER, OWNER, 2);
    anna.subscribe(FILE);
    bert.subscribe(FILE);
    anna.received();
    String cursor = base64(new byte[] {1, 9, 3, 2, '{', '}'});
    bert.connection.send("file collab awareness", FILE, cursor);
    assertThat(anna.received())
        .containsExactly("file collab awareness [" + FILE + ", " + cursor + "]");

    bert.connection.channel.close();
    harness.run();

    String gone = base64(new byte[] {1, 9, 3, 4, 'n', 'u', 'l', 'l'});
    assertThat(anna.received())
        .first()
        .isEqualTo("file collab awareness [" + FILE + ", " + gone + "]");
  }

  @Test
  @Proves("FS-06")
  void uploadsOfHiddenFilesAreNotShown() {
    Browser anna = browser(USER, OWNER, 1);
    Browser bert = browser(OTHER_USER, OWNER, 2);
    harness
        .server
        .permissions()
        .fetched(OTHER_USER, PermissionSet.parse(OWNER), List.of("private/"));
    UploadEntry open = UploadEntry.orphan("a.txt", "config", 1);
    UploadEntry secret = UploadEntry.orphan("b.txt", "private", 2);

    harness.server.events().publish(new ServerEvent.FileUploads(List.of(open, secret)));

    assertThat(anna.received())
        .containsExactly("file uploads [[" + open.toJson() + "," + secret.toJson() + "]]");
    assertThat(bert.received()).containsExactly("file uploads [[" + open.toJson() + "]]");
  }
}
