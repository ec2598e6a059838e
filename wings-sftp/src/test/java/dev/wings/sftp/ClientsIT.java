package dev.wings.sftp;

import static dev.wings.sftp.Programs.host;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.sftp.subsystem.OwnerNames;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Clients that people use against the server, each with all that it can do; what each did is
/// printed in the end. A client that is missing is skipped.
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientsIT {
  private static final int BYTES = 1_500_000;
  private static final int CUT = 400_000;
  private static final Instant TIME = Instant.parse("2024-05-06T07:08:09Z");
  private static final int SECONDS = (int) TIME.getEpochSecond();

  private final ClientMatrix matrix = new ClientMatrix();
  private final byte[] contents = new byte[BYTES];
  private TestServer server;
  private Programs programs;
  private Path local;
  private Path files;

  @BeforeEach
  void start(@TempDir Path directory) throws Exception {
    server =
        TestServer.start(
            directory,
            builder -> TestServer.roomy().apply(builder.ownerNames(OwnerNames.single("gamer"))));
    programs = new Programs(server, directory);
    local = programs.local();
    files = server.files();
    new Random(30).nextBytes(contents);
    Files.write(local.resolve("big"), contents);
    Files.setLastModifiedTime(local.resolve("big"), FileTime.from(TIME));
    Files.writeString(local.resolve("small"), "small");
    for (int i = 0; i < 30; i++) {
      Path file = local.resolve("tree/deep/er/file " + i);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content " + i);
    }
    for (String name : List.of("removed", "renamed", "chmodded", "long", "replaced")) {
      Files.writeString(files.resolve(name), "a long text named " + name);
    }
    Files.write(files.resolve("half"), Arrays.copyOf(contents, CUT));
    Files.write(local.resolve("half-here"), Arrays.copyOf(contents, CUT));
    Files.write(files.resolve("there"), contents);
    Files.createDirectories(files.resolve("gone/deep"));
    Files.writeString(files.resolve("gone/deep/file"), "x");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @AfterAll
  void print() {
    System.out.println(matrix);
  }

  private void assertTree(Path root) {
    for (int i = 0; i < 30; i++) {
      assertThat(root.resolve("deep/er/file " + i)).hasContent("content " + i);
    }
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static void assertTime(Path file) throws IOException {
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(TIME);
  }

  private void assertRenamed() {
    assertThat(files.resolve("renamed")).doesNotExist();
    assertThat(files.resolve("renamed-2")).hasContent("a long text named renamed");
  }

  private static void assertDone(Programs.Outcome outcome) {
    assertThat(outcome.status()).as(outcome.output()).isZero();
  }

  @Test
  void openSsh() throws Exception {
    matrix.client(
        "OpenSSH",
        row -> {
          Programs.require("sftp", "openssh-client");
          Programs.Outcome session =
              programs.sftp(
                  """
                  put -p big up
                  get there down
                  reput big half
                  reget there half-here
                  put -r tree
                  get -r tree back
                  rename renamed renamed-2
                  chmod 600 chmodded
                  mkdir made
                  ln -s there link
                  rm removed
                  rmdir gone
                  df
                  cp there copy
                  ls -l
                  """);
          row.does("login", () -> assertDone(session));
          row.does(
              "list",
              () -> {
                assertThat(session.output()).containsPattern("gamer +gamer +1500000 .* there");
                assertThat(session.output()).containsPattern("drwxr-xr-x .* gamer +gamer .* made");
              });
          row.does("upload", () -> assertThat(files.resolve("up")).hasBinaryContent(contents));
          row.does("download", () -> assertThat(local.resolve("down")).hasBinaryContent(contents));
          row.does("resume", this::assertResumed);
          row.does(
              "tree",
              () -> {
                assertTree(files.resolve("tree"));
                assertTree(local.resolve("back"));
              });
          row.does("mkdir", () -> assertThat(mode(files.resolve("made"))).isEqualTo("rwxr-xr-x"));
          row.does("rename", this::assertRenamed);
          row.does(
              "chmod", () -> assertThat(mode(files.resolve("chmodded"))).isEqualTo("rw-------"));
          row.does("times", () -> assertTime(files.resolve("up")));
          row.does("remove", () -> assertThat(files.resolve("removed")).doesNotExist());
          row.does("rmdir", () -> assertThat(files.resolve("gone")).doesNotExist());
          row.does(
              "replace",
              () -> { // scp does not cut when it opens
                assertDone(programs.run("", programs.openSsh("scp"), "small", host() + ":long"));
                assertThat(files.resolve("long")).hasContent("small");
              });
          row.does("link", () -> assertThat(files.resolve("link")).isSymbolicLink());
          row.does("space", () -> assertThat(session.output()).contains("%Capacity"));
          row.does("copy", () -> assertThat(files.resolve("copy")).hasBinaryContent(contents));
        });
  }

  private void assertResumed() {
    assertThat(files.resolve("half")).hasBinaryContent(contents);
    assertThat(local.resolve("half-here")).hasBinaryContent(contents);
  }

  @Test
  void lftp() throws Exception {
    matrix.client(
        "lftp",
        row -> {
          Programs.require("lftp", "lftp");
          String connect = String.join(" ", programs.openSsh("ssh")) + " -a -x";
          Programs.Outcome session =
              programs.run(
                  "",
                  List.of("lftp", "--norc"),
                  "-c",
                  """
                  set cmd:fail-exit yes
                  set net:max-retries 1
                  set net:timeout 20
                  set sftp:auto-confirm yes
                  set sftp:connect-program "%s"
                  open sftp://%s:none@127.0.0.1:%d/
                  put big -o up
                  get there -o down
                  put -c big -o half
                  get -c there -o half-here
                  put small -o long
                  mirror -R -P 3 tree tree
                  mirror -P 3 tree back
                  mv renamed renamed-2
                  chmod 600 chmodded
                  mkdir -p made/deep
                  rm removed
                  rm -r gone
                  cls -l
                  """
                      .formatted(connect, TestServer.USER, server.port()));
          row.does("login", () -> assertDone(session));
          row.does("list", () -> assertThat(session.output()).containsPattern("1500000 .*there"));
          row.does("upload", () -> assertThat(files.resolve("up")).hasBinaryContent(contents));
          row.does("download", () -> assertThat(local.resolve("down")).hasBinaryContent(contents));
          row.does("resume", this::assertResumed);
          row.does(
              "tree",
              () -> {
                assertTree(files.resolve("tree"));
                assertTree(local.resolve("back"));
              });
          row.does("mkdir", () -> assertThat(mode(files.resolve("made"))).isEqualTo("rwxr-xr-x"));
          row.does("rename", this::assertRenamed);
          row.does(
              "chmod", () -> assertThat(mode(files.resolve("chmodded"))).isEqualTo("rw-------"));
          row.does("times", () -> assertTime(files.resolve("up")));
          row.does("remove", () -> assertThat(files.resolve("removed")).doesNotExist());
          row.does("rmdir", () -> assertThat(files.resolve("gone")).doesNotExist());
          row.does("replace", () -> assertThat(files.resolve("long")).hasContent("small"));
        });
  }

  /// Computes checksums by running `md5sum` where it can; here it cannot, and must go on without.
  @Test
  void rclone() throws Exception {
    matrix.client(
        "rclone",
        row -> {
          Programs.require("rclone", "rclone");
          row.does("login", () -> assertDone(rclone("lsd", ":sftp:")));
          row.does(
              "list", () -> assertThat(rclone("lsl", ":sftp:there").output()).contains("1500000"));
          row.does(
              "upload",
              () -> {
                assertDone(rclone("copyto", "big", ":sftp:up"));
                assertThat(files.resolve("up")).hasBinaryContent(contents);
              });
          row.does(
              "download",
              () -> {
                assertDone(rclone("copyto", ":sftp:there", "down"));
                assertThat(local.resolve("down")).hasBinaryContent(contents);
              });
          row.does(
              "tree",
              () -> {
                assertDone(rclone("sync", "tree", ":sftp:tree"));
                assertTree(files.resolve("tree"));
                assertDone(rclone("check", "--download", "tree", ":sftp:tree"));
                assertDone(rclone("copy", ":sftp:tree", "back"));
                assertTree(local.resolve("back"));
              });
          row.does(
              "mkdir",
              () -> {
                assertDone(rclone("mkdir", ":sftp:made/deep"));
                assertThat(files.resolve("made/deep")).isDirectory();
              });
          row.does(
              "rename",
              () -> {
                assertDone(rclone("moveto", ":sftp:renamed", ":sftp:renamed-2"));
                assertRenamed();
              });
          row.does("times", () -> assertTime(files.resolve("up")));
          row.does(
              "remove",
              () -> {
                assertDone(rclone("deletefile", ":sftp:removed"));
                assertThat(files.resolve("removed")).doesNotExist();
              });
          row.does(
              "rmdir",
              () -> {
                assertDone(rclone("purge", ":sftp:gone"));
                assertThat(files.resolve("gone")).doesNotExist();
              });
          row.does(
              "replace",
              () -> {
                assertDone(rclone("copyto", "small", ":sftp:long"));
                assertThat(files.resolve("long")).hasContent("small");
              });
          row.does(
              "space", () -> assertThat(rclone("about", ":sftp:").output()).contains("Total:"));
        });
  }

  private Programs.Outcome rclone(String verb, String... paths) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "rclone",
                "--config",
                "/dev/null",
                "--retries",
                "1",
                "--low-level-retries",
                "1",
                "--sftp-host",
                "127.0.0.1",
                "--sftp-port",
                String.valueOf(server.port()),
                "--sftp-user",
                TestServer.USER,
                "--sftp-key-file",
                programs.key().toString(),
                verb));
    return programs.run("", command, paths);
  }

  @Test
  void paramiko() throws Exception {
    matrix.client(
        "paramiko",
        row -> {
          Programs.require("python3", "python3");
          List<String> python = List.of("/usr/bin/python3", "-W", "ignore", "-c");
          Programs.require(
              programs.run("", python, "import paramiko").status() == 0,
              "python3-paramiko is missing");
          Programs.Outcome session = programs.run("", python, paramikoScript());
          row.does("login", () -> assertDone(session));
          row.does("list", () -> assertThat(session.output()).contains("there 1500000 gamer"));
          row.does("upload", () -> assertThat(files.resolve("up")).hasBinaryContent(contents));
          row.does("download", () -> assertThat(local.resolve("down")).hasBinaryContent(contents));
          row.does("resume", () -> assertThat(files.resolve("half")).hasBinaryContent(contents));
          row.does("mkdir", () -> assertThat(mode(files.resolve("made"))).isEqualTo("rwxr-xr-x"));
          row.does("rename", this::assertRenamed);
          row.does(
              "chmod", () -> assertThat(mode(files.resolve("chmodded"))).isEqualTo("rw-------"));
          row.does("times", () -> assertTime(files.resolve("up")));
          row.does("remove", () -> assertThat(files.resolve("removed")).doesNotExist());
          row.does("rmdir", () -> assertThat(files.resolve("gone")).doesNotExist());
          row.does("replace", () -> assertThat(files.resolve("long")).hasContent("small"));
          row.does("truncate", () -> assertThat(files.resolve("replaced")).hasContent("a long"));
          row.does("link", () -> assertThat(session.output()).contains("link -> there"));
        });
  }

  private String paramikoScript() {
    return """
    import paramiko
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect('127.0.0.1', %d, '%s', '%s', look_for_keys=False, allow_agent=False)
    sftp = client.open_sftp()
    sftp.put('big', 'up')
    sftp.utime('up', (%d, %d))
    sftp.get('there', 'down')
    with sftp.open('half', 'r+') as file:
        file.set_pipelined(True)
        with open('big', 'rb') as source:
            source.seek(file.stat().st_size)
            file.seek(file.stat().st_size)
            file.write(source.read())
    sftp.put('small', 'long')
    sftp.truncate('replaced', 6)
    sftp.mkdir('made')
    sftp.rename('renamed', 'renamed-2')
    sftp.chmod('chmodded', 0o600)
    sftp.remove('removed')
    sftp.remove('gone/deep/file')
    sftp.rmdir('gone/deep')
    sftp.rmdir('gone')
    sftp.symlink('there', 'link')
    print('link ->', sftp.readlink('link'))
    for entry in sftp.listdir_attr('.'):
        print(entry.filename, entry.st_size, entry.longname.split()[2])
    client.close()
    """
        .formatted(server.port(), TestServer.USER, TestServer.PASSWORD, SECONDS, SECONDS);
  }

  /// The kernel in between asks for more than any other client.
  @Test
  void sshfs() throws Exception {
    matrix.client(
        "sshfs",
        row -> {
          Programs.require("sshfs", "sshfs");
          requireFuse();
          Path mount = Files.createDirectory(local.resolve("mount"));
          Programs.Outcome mounted =
              programs.run(
                  "",
                  List.of("sshfs", host() + ":/", mount.toString(), "-p", "" + server.port()),
                  "-o",
                  "IdentityFile=" + programs.key(),
                  "-o",
                  "IdentitiesOnly=yes,StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null,dir_cache=no",
                  "-F",
                  "none");
          Programs.require(
              mounted.status() == 0 || !mounted.output().contains("mount failed"),
              "sshfs cannot mount here: " + mounted.output().strip());
          Programs.Outcome session;
          try {
            session = programs.run("", List.of("sh", "-ec"), SSHFS_SCRIPT);
          } finally {
            programs.run("", List.of("fusermount3", "-u", "-z", mount.toString()));
          }
          row.does("login", () -> assertDone(mounted));
          row.does(
              "list",
              () -> {
                assertDone(session);
                assertThat(session.output()).containsPattern("1500000 .*there");
              });
          row.does("upload", () -> assertThat(files.resolve("up")).hasBinaryContent(contents));
          row.does("download", () -> assertThat(local.resolve("down")).hasBinaryContent(contents));
          row.does("resume", () -> assertThat(files.resolve("half")).hasBinaryContent(contents));
          row.does(
              "tree",
              () -> {
                assertTree(files.resolve("tree"));
                assertTree(local.resolve("back"));
              });
          row.does("mkdir", () -> assertThat(mode(files.resolve("made"))).isEqualTo("rwxr-xr-x"));
          row.does(
              "rename",
              () -> {
                assertRenamed();
                assertThat(files.resolve("replaced")).hasContent("small");
              });
          row.does(
              "chmod", () -> assertThat(mode(files.resolve("chmodded"))).isEqualTo("rw-------"));
          row.does("times", () -> assertTime(files.resolve("up")));
          row.does("remove", () -> assertThat(files.resolve("removed")).doesNotExist());
          row.does("rmdir", () -> assertThat(files.resolve("gone")).doesNotExist());
          row.does("replace", () -> assertThat(files.resolve("long")).hasContent("small"));
          row.does("truncate", () -> assertThat(files.resolve("cut")).hasContent("sm"));
          row.does("append", () -> assertThat(files.resolve("log")).hasContent("one\ntwo\n"));
          row.almostDoes(
              "link",
              () -> { // which the kernel does not see: it looks like its target
                assertThat(files.resolve("link")).isSymbolicLink();
                assertThat(files.resolve("complaint")).content().contains("Input/output error");
              });
          row.does("space", () -> assertThat(session.output()).contains("Filesystem"));
        });
  }

  private static final String SSHFS_SCRIPT =
      """
      umask 022
      cp -p big mount/up
      cp mount/there down
      tail -c +400001 big >> mount/half
      cp -r tree mount/tree
      cp -r mount/tree back
      cat small > mount/long
      cp small mount/new
      mv mount/new mount/replaced
      mv mount/renamed mount/renamed-2
      cp small mount/cut
      truncate -s 2 mount/cut
      echo one >> mount/log
      echo two >> mount/log
      chmod 600 mount/chmodded
      mkdir mount/made
      ln -s there mount/link 2> mount/complaint || true
      rm mount/removed
      rm -r mount/gone
      df mount
      ls -l mount
      """;

  private static void requireFuse() {
    boolean open = false;
    try (RandomAccessFile fuse = new RandomAccessFile("/dev/fuse", "rw")) {
      open = fuse.getFD().valid();
    } catch (IOException refused) {
      System.err.println("/dev/fuse: " + refused.getMessage());
    }
    Programs.require(open, "/dev/fuse cannot be used here");
  }

  /// What WinSCP sends: it looks at both names first, uploads to a name of its own, and gives the
  /// file its name and its time when all of it is there.
  @Test
  void winScp() throws Exception {
    matrix.client(
        "WinSCP (scripted)",
        row ->
            script(
                row,
                _ -> {},
                sftp -> {
                  row.does(
                      "upload",
                      () -> {
                        assertThat(sftp.lstat("/up")).isEmpty();
                        assertThat(sftp.lstat("/up.filepart")).isEmpty();
                        sftp.upload("/up.filepart", contents);
                        sftp.rename("/up.filepart", "/up");
                        sftp.setTimes("/up", SECONDS);
                        sftp.setMode("/up", 0640);
                        assertThat(files.resolve("up")).hasBinaryContent(contents);
                      });
                  row.does("times", () -> assertTime(files.resolve("up")));
                  row.does(
                      "chmod", () -> assertThat(mode(files.resolve("up"))).isEqualTo("rw-r-----"));
                  row.does(
                      "resume",
                      () -> {
                        Files.move(files.resolve("half"), files.resolve("half.filepart"));
                        assertThat(sftp.lstat("/half.filepart").orElseThrow().size())
                            .isEqualTo(CUT);
                        byte[] handle = sftp.open("/half.filepart", ScriptedSftp.WRITING);
                        sftp.write(handle, contents, CUT);
                        sftp.close(handle);
                        sftp.rename("/half.filepart", "/half");
                        assertThat(files.resolve("half")).hasBinaryContent(contents);
                      });
                  row.does(
                      "replace",
                      () -> {
                        sftp.upload("/long.filepart", "small".getBytes(StandardCharsets.UTF_8));
                        assertThat(sftp.lstat("/long")).isPresent();
                        sftp.remove("/long");
                        sftp.rename("/long.filepart", "/long");
                        sftp.setTimes("/long", SECONDS);
                        assertThat(files.resolve("long")).hasContent("small");
                        assertTime(files.resolve("long"));
                      });
                  row.does(
                      "copy",
                      () -> {
                        sftp.copy("/there", "/copy");
                        assertThat(files.resolve("copy")).hasBinaryContent(contents);
                      });
                  row.does(
                      "hash",
                      () -> {
                        ScriptedSftp.Request request =
                            new ScriptedSftp.Request()
                                .text("/there")
                                .text("sha1")
                                .number(0L)
                                .number(0L);
                        ByteBuffer answer = sftp.extension("check-file-name", request);
                        answer.position(answer.position() + 4 + "sha1".length());
                        byte[] digest = new byte[answer.remaining()];
                        answer.get(digest);
                        assertThat(HexFormat.of().formatHex(digest))
                            .isEqualTo(
                                HexFormat.of()
                                    .formatHex(
                                        MessageDigest.getInstance("SHA-1").digest(contents)));
                      });
                  row.does(
                      "space",
                      () -> {
                        ByteBuffer answer =
                            sftp.extension("space-available", new ScriptedSftp.Request().text("/"));
                        assertThat(answer.getLong()).isPositive();
                      });
                }));
  }

  /// A library of ten years ago: AES in counter mode, no authenticated cipher.
  @Test
  void oldClient() throws Exception {
    matrix.client(
        "AES-CTR only (scripted)",
        row ->
            script(
                row,
                ClientsIT::growOld,
                sftp -> {
                  row.does(
                      "upload",
                      () -> {
                        sftp.upload("/up", contents);
                        assertThat(files.resolve("up")).hasBinaryContent(contents);
                      });
                  row.does(
                      "replace",
                      () -> {
                        sftp.upload("/long", "small".getBytes(StandardCharsets.UTF_8));
                        assertThat(files.resolve("long")).hasContent("small");
                      });
                  row.does(
                      "truncate",
                      () -> {
                        sftp.setSize("/replaced", 6);
                        assertThat(files.resolve("replaced")).hasContent("a long");
                      });
                }));
  }

  private static void growOld(SshClient client) {
    client.setCipherFactories(List.of(BuiltinCiphers.aes128ctr));
    client.setMacFactories(List.of(BuiltinMacs.hmacsha256));
    client.setKeyExchangeFactories(
        NamedFactory.setUpTransformedFactories(
            false, List.of(BuiltinDHFactories.dhg14_256), ClientBuilder.DH2KEX));
  }

  /// Something done by a client that is logged in.
  @FunctionalInterface
  private interface Actions {
    void take(ScriptedSftp sftp) throws Exception;
  }

  /// What all clients do that are played here, and more.
  private void script(ClientMatrix.Row row, Consumer<SshClient> change, Actions more)
      throws Exception {
    try (SshTestClient client = new SshTestClient(server.port(), change)) {
      ClientSession session = client.login(TestServer.USER, TestServer.PASSWORD);
      ScriptedSftp sftp = new ScriptedSftp(client.channel(session, "session").opened());
      row.does("login", () -> assertThat(sftp.realPath(".")).isEqualTo("/"));
      row.does(
          "list",
          () -> {
            assertThat(sftp.list("/"))
                .anyMatch(e -> e.name().equals("there") && e.stat().size() == BYTES)
                .allMatch(e -> e.line().contains(" gamer    gamer    "));
          });
      row.does("download", () -> assertThat(sftp.read("/there", 0)).isEqualTo(contents));
      row.does(
          "mkdir",
          () -> {
            assertThat(sftp.lstat("/made")).isEmpty();
            sftp.makeDirectory("/made");
            assertThat(mode(files.resolve("made"))).isEqualTo("rwxr-xr-x");
          });
      row.does(
          "rename",
          () -> {
            sftp.rename("/renamed", "/renamed-2");
            assertRenamed();
          });
      row.does(
          "remove",
          () -> {
            sftp.remove("/removed");
            assertThat(files.resolve("removed")).doesNotExist();
          });
      row.does(
          "rmdir",
          () -> {
            sftp.remove("/gone/deep/file");
            sftp.removeDirectory("/gone/deep");
            sftp.removeDirectory("/gone");
            assertThat(files.resolve("gone")).doesNotExist();
          });
      row.does(
          "link",
          () -> {
            sftp.link("/there", "/link");
            assertThat(files.resolve("link")).isSymbolicLink();
          });
      more.take(sftp);
    }
  }
}
