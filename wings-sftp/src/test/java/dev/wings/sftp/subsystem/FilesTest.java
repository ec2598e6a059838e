package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.sftp.files.FileEvent;
import dev.wings.sftp.files.FileRight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// OPEN, READ, WRITE and CLOSE.
class FilesTest {
  private static final int READ = 1;
  private static final int WRITE = 2;
  private static final int APPEND = 4;
  private static final int CREATE = 8;
  private static final int TRUNCATE = 16;
  private static final int EXCLUSIVE = 32;

  @TempDir Path root;
  private TestClient client;
  private FakeTree tree;

  @BeforeEach
  void connect() throws IOException {
    client = new TestClient();
    tree = new FakeTree(root, client);
    client.begin(tree);
  }

  @Test
  void uploadsAndDownloadsAFile() throws IOException {
    byte[] contents = new byte[300_000];
    new Random(1).nextBytes(contents);

    byte[] handle = client.open("/up", WRITE | CREATE | TRUNCATE).handle();
    for (int at = 0; at < contents.length; at += 100_000) {
      byte[] part = Arrays.copyOfRange(contents, at, at + 100_000);
      assertThat(client.write(handle, at, part).status()).isEqualTo(Status.OK);
    }
    assertThat(client.close(handle).status()).isEqualTo(Status.OK);

    assertThat(root.resolve("up")).hasBinaryContent(contents);
    handle = client.open("up", READ).handle();
    assertThat(client.read(handle, 0, 262_144))
        .satisfies(a -> assertThat(a.data()).hasSize(262_144));
    assertThat(client.read(handle, 299_990, 100).data())
        .isEqualTo(Arrays.copyOfRange(contents, 299_990, 300_000));
    assertThat(client.read(handle, 300_000, 100).status()).isEqualTo(Status.EOF);
    assertThat(client.read(handle, -1, 100).status()).isEqualTo(Status.EOF);
    assertThat(client.read(handle, Long.MAX_VALUE, 100).status()).isEqualTo(Status.EOF);
    assertThat(client.consumed).isEqualTo(client.sent);
  }

  @Test
  void readsAtMost256KiBAtOnce() throws IOException {
    Files.write(root.resolve("large"), new byte[600_000]);
    byte[] handle = client.open("/large", READ).handle();

    assertThat(client.read(handle, 0, -1).data()).hasSize(256 << 10);
  }

  @Test
  void seesWhatWasAppendedSinceTheFileWasOpened() throws IOException {
    Files.writeString(root.resolve("log"), "one");
    byte[] handle = client.open("/log", READ).handle();
    assertThat(client.read(handle, 0, 100).data()).asString(UTF_8).isEqualTo("one");

    Files.writeString(root.resolve("log"), "onetwo");

    assertThat(client.read(handle, 0, 100).data()).asString(UTF_8).isEqualTo("onetwo");
  }

  @Test
  void namesHandlesInHexadecimalFromZeroOn() throws IOException {
    Files.writeString(root.resolve("f"), "");

    for (int i = 0; i < 17; i++) {
      byte[] handle = client.open("/f", READ).handle();
      assertThat(handle).asString(UTF_8).isEqualTo(Integer.toHexString(i));
      client.close(handle);
    }
  }

  @Test
  void closesUnknownHandlesWithoutComplaint() {
    assertThat(client.close("7".getBytes(UTF_8)).status()).isEqualTo(Status.OK);
    assertThat(client.close("".getBytes(UTF_8)).status()).isEqualTo(Status.OK);
    assertThat(client.close("no such handle at all".getBytes(UTF_8)).status()).isEqualTo(Status.OK);
  }

  @Test
  void knowsAHandleOnlyByItsExactName() throws IOException {
    Files.writeString(root.resolve("f"), "text");
    client.open("/f", READ);

    for (String name : new String[] {"00", "", "1", "0\0", "G", "-0", "10000000000000000"}) {
      assertThat(client.read(name.getBytes(UTF_8), 0, 4).status()).isEqualTo(Status.NO_SUCH_FILE);
    }
    assertThat(client.read("0".getBytes(UTF_8), 0, 4).data()).hasSize(4);
  }

  @Test
  void answersWithTheStandardTexts() {
    assertThat(client.close("0".getBytes(UTF_8)).statusText()).isEqualTo("Ok/en-US");
    assertThat(client.open("/missing", READ).statusText()).isEqualTo("No such file/en-US");
  }

  @Test
  void opensOnlyRegularFilesThatAreThere() throws IOException {
    Files.createDirectory(root.resolve("dir"));

    assertThat(client.open("/missing", READ).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.open("/missing", WRITE).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.open("/dir", READ).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.open("/dir", WRITE | CREATE).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.open("/", READ).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.open("/no/dir", WRITE | CREATE).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.open("/nul\0", WRITE | CREATE).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.open("/" + "n".repeat(5000), READ).status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.total.open()).isZero();
  }

  @Test
  void createsExclusively() throws IOException {
    byte[] handle = client.open("/new", WRITE | CREATE | EXCLUSIVE).handle();
    client.close(handle);

    assertThat(client.open("/new", WRITE | CREATE | EXCLUSIVE).status()).isEqualTo(Status.FAILURE);
  }

  @Test
  void ignoresTheModeOfANewFile() throws IOException {
    Packet packet = client.request(Packet.OPEN).string("/new").u32(WRITE | CREATE).mode(0777);

    client.close(client.ask(packet).handle());

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("new"))))
        .startsWith("rw-")
        .doesNotContain("x");
  }

  @Test
  void createsWhatALinkToNothingLeadsTo() throws IOException {
    Files.createSymbolicLink(root.resolve("link"), Path.of("new"));

    byte[] handle = client.open("/link", WRITE | CREATE | TRUNCATE).handle();
    client.write(handle, 0, "text".getBytes(UTF_8));
    client.close(handle);

    assertThat(root.resolve("new")).hasContent("text");
    assertThat(root.resolve("link")).isSymbolicLink();
    Files.delete(root.resolve("new"));
    assertThat(client.open("/link", WRITE | CREATE | EXCLUSIVE).status()).isEqualTo(Status.FAILURE);
  }

  @Test
  void keepsNamesThatAreNotText() {
    byte[] name = {'/', (byte) 0xFF, (byte) 0xC3, 'x'};
    assertThat(client.ask(client.request(Packet.STAT).string(name)).status())
        .isEqualTo(Status.NO_SUCH_FILE);
    tree.namesAreBytes = true;

    client.close(
        client.ask(client.request(Packet.OPEN).string(name).u32(WRITE | CREATE).plain()).handle());

    assertThat(client.ask(client.request(Packet.STAT).string(name)).attributes().size()).isZero();
    Answer realpath = client.ask(client.request(Packet.REALPATH).string(name));
    assertThat(Answer.bytes(realpath.fields().position(4))).isEqualTo(name);
    byte[] listing = client.openDirectory("/").handle();
    Answer names = client.ask(client.request(Packet.READDIR).string(listing));
    assertThat(Answer.bytes(names.fields().position(4))).isEqualTo(Arrays.copyOfRange(name, 1, 4));
  }

  @Test
  void resumesInPlace() throws IOException {
    Files.writeString(root.resolve("f"), "0123456789");
    byte[] handle = client.open("/f", WRITE).handle();

    client.write(handle, 8, "ab".getBytes(UTF_8));
    client.write(handle, 10, "cd".getBytes(UTF_8));
    client.close(handle);

    assertThat(root.resolve("f")).hasContent("01234567abcd");
    assertThat(tree.owned).isEmpty();
  }

  @Test
  void appendsWhateverTheOffset() throws IOException {
    Files.writeString(root.resolve("f"), "one");
    for (int flags : new int[] {APPEND, WRITE | APPEND, READ | APPEND}) {
      byte[] handle = client.open("/f", flags).handle();
      assertThat(client.write(handle, 0, "+".getBytes(UTF_8)).status()).isEqualTo(Status.OK);
      client.close(handle);
    }
    assertThat(root.resolve("f")).hasContent("one+++");

    byte[] handle = client.open("/f", APPEND | TRUNCATE | CREATE).handle();
    client.write(handle, 77, "1".getBytes(UTF_8));
    client.write(handle, 0, "2".getBytes(UTF_8));
    client.close(handle);
    assertThat(root.resolve("f")).hasContent("12");
  }

  @Test
  void doesNotReadThroughAHandleForWritingNorWriteThroughOneForReading() throws IOException {
    Files.writeString(root.resolve("f"), "secret");
    byte[] writing = client.open("/f", WRITE).handle();
    byte[] creating = client.open("/f", READ | CREATE).handle();
    byte[] neither = client.open("/f", 0).handle();

    assertThat(client.read(writing, 0, 6).status()).isEqualTo(Status.PERMISSION_DENIED);
    assertThat(client.write(creating, 0, new byte[1]).status()).isEqualTo(Status.PERMISSION_DENIED);
    assertThat(client.read(creating, 0, 6).data()).hasSize(6);
    assertThat(client.read(neither, 0, 6).data()).hasSize(6);
    assertThat(client.write(neither, 0, new byte[1]).status()).isEqualTo(Status.PERMISSION_DENIED);
  }

  @Test
  void refusesOffsetsThatNoFileHas() {
    byte[] handle = client.open("/f", WRITE | CREATE).handle();

    assertThat(client.write(handle, -1, new byte[1]).status()).isEqualTo(Status.BAD_MESSAGE);
    assertThat(client.write(handle, Long.MAX_VALUE, new byte[1]).status())
        .isEqualTo(Status.BAD_MESSAGE);
    assertThat(client.write(handle, Long.MAX_VALUE - 1, new byte[1]).status())
        .isEqualTo(Status.FAILURE);
  }

  @Test
  void tellsTheTreeWhoChangesWhat() throws IOException {
    Files.writeString(root.resolve("old"), "text");

    client.close(client.open("/old", READ).handle());
    client.close(client.open("/old", WRITE).handle());
    byte[] handle = client.open("/old", WRITE).handle();
    client.write(handle, 0, new byte[1]);
    client.close(handle);
    client.close(client.open("/old", WRITE | CREATE | TRUNCATE).handle());
    client.close(client.open("/new", WRITE | CREATE).handle());
    client.open("/none/new", WRITE | CREATE).status();

    assertThat(tree.edits)
        .containsExactly(
            "begin old existing",
            "end old untouched",
            "begin old existing",
            "end old written",
            "begin old existing",
            "end old written",
            "begin new new",
            "end new untouched",
            "begin new new",
            "end new untouched");
    assertThat(tree.events)
        .containsExactly(
            new FileEvent.Read(root.resolve("old")),
            new FileEvent.Written(root.resolve("old")),
            new FileEvent.Written(root.resolve("old")),
            new FileEvent.Created(root.resolve("old")),
            new FileEvent.Created(root.resolve("new")));
    assertThat(tree.owned).containsExactly(root.resolve("old"));
  }

  @Test
  void needsTheRightOfEachFlag() throws IOException {
    Files.writeString(root.resolve("f"), "text");

    tree.rights.remove(FileRight.DELETE);
    assertThat(client.open("/f", WRITE | CREATE | TRUNCATE).status())
        .isEqualTo(Status.PERMISSION_DENIED);
    assertThat(root.resolve("f")).hasContent("text");
    assertThat(client.open("/f", WRITE | CREATE).handle()).isNotEmpty();
    tree.rights.remove(FileRight.CREATE);
    assertThat(client.open("/g", WRITE | CREATE).status()).isEqualTo(Status.PERMISSION_DENIED);
    tree.rights.remove(FileRight.UPDATE);
    assertThat(client.open("/f", WRITE).status()).isEqualTo(Status.PERMISSION_DENIED);
    assertThat(client.open("/f", APPEND).status()).isEqualTo(Status.PERMISSION_DENIED);
    tree.rights.remove(FileRight.READ);
    assertThat(client.open("/f", READ).status()).isEqualTo(Status.PERMISSION_DENIED);
    assertThat(client.open("/f", 0).status()).isEqualTo(Status.PERMISSION_DENIED);
    assertThat(root.resolve("g")).doesNotExist();
  }
}
