package dev.wings.sftp.subsystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.sftp.files.FileEvent;
import dev.wings.sftp.files.FileRight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attributes, and making, moving and removing of entries.
class EntriesTest {
  private static final int SIZE = 1;
  private static final int OWNER = 2;
  private static final int PERMISSIONS = 4;
  private static final int TIMES = 8;
  private static final int EXTENDED = 0x8000_0000;
  private static final Instant TIME = Instant.parse("2024-05-06T07:08:09Z");

  @TempDir Path root;
  private TestClient client;
  private FakeTree tree;

  @BeforeEach
  void connect() throws IOException {
    Samples.fill(root);
    client = new TestClient();
    tree = new FakeTree(root, client);
    client.begin(tree);
  }

  private String mode(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(name)));
  }

  private Instant modified(String name) throws IOException {
    return Files.getLastModifiedTime(root.resolve(name)).toInstant();
  }

  @Test
  void tellsSizeModeAndTime() throws IOException {
    Path file = root.resolve("file");
    Files.setLastModifiedTime(file, FileTime.from(TIME));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-x--x"));
    int seconds = (int) TIME.getEpochSecond();
    byte[] handle = client.open("/file", 1).handle();

    for (Answer answer :
        new Answer[] {
          client.ask(Packet.STAT, "/dir/../file"),
          client.ask(Packet.LSTAT, "file"),
          client.ask(client.request(Packet.FSTAT).string(handle)),
          client.ask(Packet.STAT, "/link")
        }) {
      assertThat(answer.attributes()).isEqualTo(new Attributes.Entry(8, 0100651, seconds));
    }
    assertThat(client.ask(Packet.STAT, "/dir").attributes().mode() & 0170000).isEqualTo(0040000);
    assertThat(client.ask(Packet.STAT, "").attributes().mode() & 0170000).isEqualTo(0040000);
  }

  @Test
  void showsALinkWithTheTypeOfWhatItLeadsTo() throws IOException {
    Files.createSymbolicLink(root.resolve("to-dir"), Path.of("dir"));
    Files.createSymbolicLink(root.resolve("to-nothing"), Path.of("nothing"));

    Attributes.Entry link = client.ask(Packet.LSTAT, "/link").attributes();
    assertThat(link.mode()).isEqualTo(0100777);
    assertThat(link.size()).isEqualTo("file".length());
    assertThat(client.ask(Packet.LSTAT, "/to-dir").attributes().mode()).isEqualTo(0040777);
    assertThat(client.ask(Packet.LSTAT, "/to-nothing").attributes().mode()).isEqualTo(0120777);
    assertThat(client.ask(Packet.STAT, "/to-nothing").status()).isEqualTo(Status.NO_SUCH_FILE);
  }

  @Test
  void findsNothingBelowAFile() {
    for (int type : new int[] {Packet.STAT, Packet.LSTAT, Packet.OPENDIR, Packet.READLINK}) {
      assertThat(client.ask(type, "/file/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    }
  }

  @Test
  void removesALinkToItself() throws IOException {
    Files.createSymbolicLink(root.resolve("loop"), Path.of("loop"));

    assertThat(client.ask(Packet.STAT, "/loop").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.LSTAT, "/loop").attributes().mode()).isEqualTo(0120777);
    assertThat(client.ask(Packet.REMOVE, "/loop").status()).isEqualTo(Status.OK);
    assertThat(Files.exists(root.resolve("loop"), LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @Test
  void clampsTimesThatTheProtocolCannotTell() throws IOException {
    Files.setLastModifiedTime(
        root.resolve("file"), FileTime.from(Instant.parse("1960-01-01T00:00:00Z")));
    assertThat(client.ask(Packet.STAT, "/file").attributes().modified()).isZero();
    Files.setLastModifiedTime(
        root.resolve("file"), FileTime.from(Instant.parse("2200-01-01T00:00:00Z")));
    assertThat(client.ask(Packet.STAT, "/file").attributes().modified()).isEqualTo(-1);
  }

  @Test
  void appliesSizePermissionsAndTimesAndNothingElse() throws IOException {
    Packet everything =
        client
            .request(Packet.SETSTAT)
            .string("/link")
            .u32(SIZE | OWNER | PERMISSIONS | TIMES | EXTENDED)
            .u64(1)
            .u32(77)
            .u32(78)
            .u32(0107640)
            .u32(5)
            .u32((int) TIME.getEpochSecond())
            .u32(1)
            .string("name@example.com")
            .string("data");

    assertThat(client.ask(everything).status()).isEqualTo(Status.OK);

    assertThat(mode("file")).isEqualTo("rw-r-----");
    assertThat(root.resolve("file")).hasContent("c");
    assertThat(modified("file")).isEqualTo(TIME);
    assertThat(tree.edits).containsExactly("begin link existing", "end link written");
    assertThat(tree.events).containsExactly(new FileEvent.Written(root.resolve("link")));
  }

  private static Packet sized(Packet packet, long size) {
    return packet.u32(SIZE).u64(size);
  }

  @Test
  void cutsAndExtendsThroughAHandle() throws IOException {
    byte[] handle = client.open("/file", 3).handle();

    Packet cut = sized(client.request(Packet.FSETSTAT).string(handle), 3);
    assertThat(client.ask(cut).status()).isEqualTo(Status.OK);
    assertThat(root.resolve("file")).hasContent("con");
    assertThat(client.read(handle, 0, 100).data()).hasSize(3);

    Packet extended = sized(client.request(Packet.FSETSTAT).string(handle), 5);
    assertThat(client.ask(extended).status()).isEqualTo(Status.OK);
    assertThat(client.read(handle, 0, 100).data()).containsExactly('c', 'o', 'n', 0, 0);

    client.close(handle);
    assertThat(tree.edits).containsExactly("begin file existing", "end file written");
  }

  @Test
  void cutsThroughAHandleThatReadsOrAppends() throws IOException {
    for (int flags : new int[] {1, 4}) {
      Files.writeString(root.resolve("file"), "contents");
      byte[] handle = client.open("/file", flags).handle();
      Packet cut = sized(client.request(Packet.FSETSTAT).string(handle), 3);
      assertThat(client.ask(cut).status()).isEqualTo(Status.OK);
      assertThat(root.resolve("file")).hasContent("con");
      Packet extended = sized(client.request(Packet.FSETSTAT).string(handle), 5);
      assertThat(client.ask(extended).status()).isEqualTo(Status.OK);
      assertThat(root.resolve("file")).hasSize(5);
    }
  }

  @Test
  @Proves("SF-04")
  void cutsOnlyWithTheRightToRemoveContents() throws IOException {
    byte[] handle = client.open("/file", 2).handle();
    tree.rights.remove(FileRight.DELETE);

    assertThat(client.ask(sized(client.request(Packet.SETSTAT).string("/file"), 0)).status())
        .isEqualTo(Status.PERMISSION_DENIED);
    assertThat(client.ask(sized(client.request(Packet.FSETSTAT).string(handle), 0)).status())
        .isEqualTo(Status.PERMISSION_DENIED);
    assertThat(client.ask(sized(client.request(Packet.FSETSTAT).string(handle), 8)).status())
        .isEqualTo(Status.OK);
    assertThat(root.resolve("file")).hasContent("contents");
  }

  @Test
  void knowsNoSizesThatCannotBeAndGivesDirectoriesNone() {
    assertThat(client.ask(sized(client.request(Packet.SETSTAT).string("/file"), -1)).status())
        .isEqualTo(Status.BAD_MESSAGE);
    assertThat(client.ask(sized(client.request(Packet.SETSTAT).string("/dir"), 1)).status())
        .isEqualTo(Status.OK);
    assertThat(client.ask(sized(client.request(Packet.SETSTAT).string("/none"), 1)).status())
        .isEqualTo(Status.NO_SUCH_FILE);
    assertThat(root.resolve("file")).hasContent("contents");
  }

  @Test
  void setsAttributesThroughAHandle() throws IOException {
    byte[] handle = client.open("/file", 2).handle();
    Packet packet =
        client
            .request(Packet.FSETSTAT)
            .string(handle)
            .u32(TIMES)
            .u32(5)
            .u32((int) TIME.getEpochSecond());

    assertThat(client.ask(packet).status()).isEqualTo(Status.OK);

    assertThat(modified("file")).isEqualTo(TIME);
  }

  @Test
  void setsNoAttributesOfTheRootOrOfNothing() {
    for (String name : new String[] {"/", "/none"}) {
      assertThat(client.ask(client.request(Packet.SETSTAT).string(name).mode(0)).status())
          .isEqualTo(Status.NO_SUCH_FILE);
      assertThat(client.ask(client.request(Packet.SETSTAT).string(name).plain()).status())
          .isEqualTo(Status.NO_SUCH_FILE);
    }
  }

  @Test
  void setsAttributesOfALinkItself() throws IOException {
    Packet times =
        client
            .extension("lsetstat@openssh.com")
            .string("/link")
            .u32(TIMES)
            .u32(0)
            .u32((int) TIME.getEpochSecond());
    String before = mode("file");

    assertThat(client.ask(times).status()).isEqualTo(Status.OK);
    assertThat(Files.getLastModifiedTime(root.resolve("link"), LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(FileTime.from(TIME));
    assertThat(modified("file")).isNotEqualTo(TIME);
    assertThat(
            client.ask(client.extension("lsetstat@openssh.com").string("/link").mode(0)).status())
        .isEqualTo(Status.FAILURE);
    assertThat(mode("file")).isEqualTo(before);
    assertThat(
            client.ask(client.extension("lsetstat@openssh.com").string("/none").plain()).status())
        .isEqualTo(Status.NO_SUCH_FILE);
  }

  @Test
  void removesALinkAndNotItsTarget() {
    assertThat(client.ask(Packet.REMOVE, "/link").status()).isEqualTo(Status.OK);

    assertThat(root.resolve("link")).doesNotExist();
    assertThat(root.resolve("file")).exists();
    assertThat(tree.events).containsExactly(new FileEvent.Deleted(root.resolve("link")));
  }

  @Test
  void removesFilesRepeatedlyButNoDirectory() {
    assertThat(client.ask(Packet.REMOVE, "/file").status()).isEqualTo(Status.OK);
    assertThat(client.ask(Packet.REMOVE, "/file").status()).isEqualTo(Status.OK);
    assertThat(client.ask(Packet.REMOVE, "/dir").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.REMOVE, "/").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(tree.events).containsExactly(new FileEvent.Deleted(root.resolve("file")));
    assertThat(root.resolve("dir/inner")).exists();
  }

  @Test
  void makesDirectoriesWithTheModeOfTheClient() throws IOException {
    Packet packet = client.request(Packet.MKDIR).string("/made").mode(0775);

    assertThat(client.ask(packet).status()).isEqualTo(Status.OK);

    assertThat(mode("made")).isEqualTo("rwxrwxr-x");
    assertThat(tree.events).containsExactly(new FileEvent.DirectoryCreated(root.resolve("made")));
  }

  @Test
  void aClientThatLeavesTheModeToTheServerGetsADirectoryThatOnlyItsOwnerChanges()
      throws IOException {
    Packet packet = client.request(Packet.MKDIR).string("/made").mode(0777);

    assertThat(client.ask(packet).status()).isEqualTo(Status.OK);

    assertThat(mode("made")).isEqualTo("rwxr-xr-x");
  }

  @Test
  void leavesWhatIsWhereADirectoryIsToBe() {
    for (String name : new String[] {"/dir", "/file", "/link", "/"}) {
      assertThat(client.ask(client.request(Packet.MKDIR).string(name).mode(0)).status())
          .isEqualTo(Status.OK);
    }
    assertThat(client.ask(client.request(Packet.MKDIR).string("/no/parent").plain()).status())
        .isEqualTo(Status.NO_SUCH_FILE);
    assertThat(tree.events).isEmpty();
  }

  @Test
  void removesADirectoryWithItsContentsButNeverTheRoot() throws IOException {
    Files.createSymbolicLink(root.resolve("to-dir"), Path.of("dir"));

    assertThat(client.ask(Packet.RMDIR, "/").status()).isEqualTo(Status.FAILURE);
    assertThat(client.ask(Packet.RMDIR, "/dir/..").status()).isEqualTo(Status.FAILURE);
    assertThat(client.ask(Packet.RMDIR, "/file").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.RMDIR, "/none").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.RMDIR, "/to-dir").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(root.resolve("dir/inner")).exists();
    assertThat(client.ask(Packet.RMDIR, "/dir").status()).isEqualTo(Status.OK);
    assertThat(root.resolve("dir")).doesNotExist();
    assertThat(tree.events).containsExactly(new FileEvent.Deleted(root.resolve("dir")));
    assertThat(tree.longWork).isEqualTo(6);
  }

  @Test
  void renamesToAFreeNameOnly() {
    assertThat(client.ask(Packet.RENAME, "/file", "/target").status()).isEqualTo(Status.FAILURE);
    assertThat(client.ask(Packet.RENAME, "/file", "/file").status()).isEqualTo(Status.FAILURE);
    assertThat(client.ask(Packet.RENAME, "/none", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.RENAME, "/", "/x").status()).isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(Packet.RENAME, "/dir", "/dir/sub").status())
        .isEqualTo(Status.NO_SUCH_FILE);
    assertThat(root.resolve("target")).hasContent("old");

    assertThat(client.ask(Packet.RENAME, "/link", "/other").status()).isEqualTo(Status.OK);
    assertThat(root.resolve("other")).isSymbolicLink();
    assertThat(client.ask(Packet.RENAME, "/dir", "/new/place").status()).isEqualTo(Status.OK);
    assertThat(root.resolve("new/place/inner")).hasContent("inside");
    assertThat(tree.events)
        .containsExactly(
            new FileEvent.Renamed(root.resolve("link"), root.resolve("other")),
            new FileEvent.Renamed(root.resolve("dir"), root.resolve("new/place")));
  }

  @Test
  void replacesByPosixRename() {
    Packet packet = client.extension("posix-rename@openssh.com").string("/file").string("/target");

    assertThat(client.ask(packet).status()).isEqualTo(Status.OK);

    assertThat(root.resolve("target")).hasContent("contents");
    assertThat(root.resolve("file")).doesNotExist();
  }

  @Test
  void treatsHiddenEntriesAsMissing() throws IOException {
    tree.hidden.add(root.resolve("dir"));
    tree.hidden.add(root.resolve("none"));
    for (String name : new String[] {"/dir", "/dir/inner", "/none"}) {
      for (int type :
          new int[] {Packet.STAT, Packet.LSTAT, Packet.OPENDIR, Packet.REMOVE, Packet.RMDIR}) {
        assertThat(client.ask(type, name).status()).isEqualTo(Status.NO_SUCH_FILE);
      }
      assertThat(client.open(name, 1).status()).isEqualTo(Status.NO_SUCH_FILE);
      assertThat(client.open(name, 2 | 8).status()).isEqualTo(Status.NO_SUCH_FILE);
      for (int type : new int[] {Packet.MKDIR, Packet.SETSTAT}) {
        assertThat(client.ask(client.request(type).string(name).mode(0)).status())
            .isEqualTo(Status.NO_SUCH_FILE);
      }
      assertThat(client.ask(Packet.RENAME, name, "/x").status()).isEqualTo(Status.FAILURE);
      assertThat(client.ask(Packet.RENAME, "/file", name).status()).isEqualTo(Status.FAILURE);
      assertThat(client.ask(Packet.READLINK, name).status()).isEqualTo(Status.NO_SUCH_FILE);
    }
    assertThat(Files.readString(root.resolve("dir/inner"), UTF_8)).isEqualTo("inside");
  }

  @Test
  void doesNotFollowAHandleWhoseNameWasHiddenSince() {
    byte[] handle = client.open("/file", 3).handle();
    tree.hidden.add(root.resolve("file"));

    assertThat(client.ask(client.request(Packet.FSTAT).string(handle)).status())
        .isEqualTo(Status.NO_SUCH_FILE);
    assertThat(client.ask(client.request(Packet.FSETSTAT).string(handle).mode(0)).status())
        .isEqualTo(Status.NO_SUCH_FILE);
  }
}
