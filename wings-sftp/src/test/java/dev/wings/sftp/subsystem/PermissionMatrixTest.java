package dev.wings.sftp.subsystem;

import static dev.wings.sftp.files.FileRight.CREATE;
import static dev.wings.sftp.files.FileRight.DELETE;
import static dev.wings.sftp.files.FileRight.LIST;
import static dev.wings.sftp.files.FileRight.READ;
import static dev.wings.sftp.files.FileRight.UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.testing.Proves;
import dev.wings.sftp.files.FileRight;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Each verb and extension against each right, with what `sftp.md` 6, 10 and 11 demand written out
/// once more.
@Proves("SF-04")
class PermissionMatrixTest {
  @TempDir Path root;
  private TestClient client;
  private FakeTree tree;
  private Samples samples;

  @BeforeEach
  void connect() throws IOException {
    Samples.fill(root);
    client = new TestClient();
    tree = new FakeTree(root, client);
    client.begin(tree);
    samples = Samples.open(client);
    tree.events.clear();
  }

  /// As the document has it; a verb that is not mapped does not compile.
  private static Set<FileRight> needed(Verb verb) {
    return switch (verb) {
      case INIT, CLOSE, REALPATH -> Set.of();
      case SPACE_AVAILABLE, STATVFS, FSTATVFS, LIMITS, EXPAND_PATH, HOME_DIRECTORY -> Set.of();
      case STAT, LSTAT, FSTAT, OPENDIR, READDIR, READLINK -> Set.of(LIST);
      case CHECK_FILE, CHECK_FILE_NAME, USERS_GROUPS_BY_ID -> Set.of(LIST);
      case OPEN -> Set.of(UPDATE, CREATE, DELETE); // the sample creates and cuts
      case READ_FILE -> Set.of(READ);
      case WRITE_FILE, SETSTAT, FSETSTAT, LSETSTAT, FSYNC, RENAME, POSIX_RENAME -> Set.of(UPDATE);
      case REMOVE, RMDIR -> Set.of(DELETE);
      case MKDIR, SYMLINK, HARDLINK -> Set.of(CREATE);
      case COPY_FILE -> Set.of(READ, CREATE);
      case COPY_DATA -> Set.of(READ, UPDATE);
    };
  }

  private static boolean modifies(Verb verb) {
    return switch (verb) {
      case OPEN, WRITE_FILE, SETSTAT, FSETSTAT, LSETSTAT, FSYNC, RENAME, POSIX_RENAME -> true;
      case REMOVE, RMDIR, MKDIR, SYMLINK, HARDLINK, COPY_FILE, COPY_DATA -> true;
      case INIT, CLOSE, READ_FILE, STAT, LSTAT, FSTAT, OPENDIR, READDIR, READLINK -> false;
      case REALPATH, CHECK_FILE, CHECK_FILE_NAME, USERS_GROUPS_BY_ID, SPACE_AVAILABLE -> false;
      case STATVFS, FSTATVFS, LIMITS, EXPAND_PATH, HOME_DIRECTORY -> false;
    };
  }

  private static boolean gated(Verb verb) {
    return verb != Verb.INIT && verb != Verb.CLOSE && verb != Verb.REALPATH;
  }

  private Answer ask(Verb verb) {
    client.send(samples.of(verb));
    Answer answer = client.await();
    assertThat(client.failure).isNull();
    return answer;
  }

  private static void assertSuccess(Answer answer) {
    if (answer.type() == Answer.STATUS) {
      assertThat(answer.status()).isEqualTo(Status.OK);
    }
  }

  private static void assertDenied(Answer answer) {
    assertThat(answer.status()).isEqualTo(Status.PERMISSION_DENIED);
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void succeedsWithExactlyTheRightsThatAreNeeded(Verb verb) {
    tree.rights.retainAll(needed(verb));

    assertSuccess(ask(verb));
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void isRefusedWithoutEachRightThatIsNeeded(Verb verb) throws IOException {
    Map<String, String> before = Samples.snapshot(root);
    for (FileRight right : needed(verb)) {
      tree.rights.addAll(EnumSet.allOf(FileRight.class));
      tree.rights.remove(right);

      assertDenied(ask(verb));

      assertThat(Samples.snapshot(root)).isEqualTo(before);
    }
    assertThat(tree.events).isEmpty();
    assertThat(client.total.open()).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void isRefusedWithoutAccessToTheServer(Verb verb) throws IOException {
    Map<String, String> before = Samples.snapshot(root);
    tree.accessible = false;

    Answer answer = ask(verb);

    if (gated(verb)) {
      assertDenied(answer);
    } else {
      assertSuccess(answer);
    }
    assertThat(Samples.snapshot(root)).isEqualTo(before);
    assertThat(tree.events).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Verb.class)
  void isRefusedInReadOnlyModeWhenItModifies(Verb verb) throws IOException {
    Map<String, String> before = Samples.snapshot(root);
    client.settings.readOnly = true;

    Answer answer = ask(verb);

    if (modifies(verb)) {
      assertDenied(answer);
    } else {
      assertSuccess(answer);
    }
    assertThat(Samples.snapshot(root)).isEqualTo(before);
  }

  @Test
  void replacingByACopyTakesTheRightToChange() {
    tree.rights.remove(UPDATE);
    Packet packet = client.extension("copy-file").string("/file").string("/target").u8(1);

    assertDenied(client.ask(packet));

    assertThat(root.resolve("target")).hasContent("old");
  }

  @Test
  void makingDirectoriesByARenameTakesTheRightToCreate() {
    tree.rights.remove(CREATE);
    assertThat(client.ask(Packet.RENAME, "/file", "/a/b/c").status())
        .isEqualTo(Status.NO_SUCH_FILE);
    assertThat(root.resolve("a")).doesNotExist();

    tree.rights.add(CREATE);
    assertThat(client.ask(Packet.RENAME, "/file", "/a/b/c").status()).isEqualTo(Status.OK);
    assertThat(root.resolve("a/b/c")).hasContent("contents");
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    for (String name : new String[] {"text-seek", "vendor-id", "newline@vandyke.com", "", "x"}) {
      assertThat(client.ask(client.extension(name)).status()).isEqualTo(Status.OP_UNSUPPORTED);
    }
    for (int type : new int[] {0, 2, 21, 22, 23, 99, 101, 105, 199, 201, 202, 255}) {
      assertThat(client.ask(client.request(type)).status()).isEqualTo(Status.OP_UNSUPPORTED);
    }
  }

  @Test
  void checksTheLimitOfHandlesBeforeTheRights() {
    client.settings.handlesPerChannel = 3;
    tree.rights.clear();

    assertThat(client.openDirectory("/dir").status()).isEqualTo(Status.FAILURE);
    assertThat(client.open("/file", 1).status()).isEqualTo(Status.FAILURE);
    tree.accessible = false;
    assertThat(client.open("/file", 1).status()).isEqualTo(Status.PERMISSION_DENIED);
  }
}
