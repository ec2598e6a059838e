package dev.wings.fs.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands and the file of projects, without an XFS.
class XfsLimiterTest {
  private static final UUID SERVER = UUID.fromString("0000002a-1111-4222-8333-444444444444");

  @TempDir private Path host;
  private final RecordedCommands commands = new RecordedCommands();
  private Path projects;
  private Path mountinfo;
  private XfsLimiter limiter;
  private ServerDirectory directory;

  @BeforeEach
  void setUp() throws IOException {
    Path real = host.toRealPath();
    Path data = Files.createDirectory(real.resolve("volumes"));
    projects = real.resolve("projects");
    mountinfo =
        Files.writeString(
            real.resolve("mountinfo"),
            "40 1 8:1 / %s rw,relatime - xfs /dev/sda1 rw,prjquota\n".formatted(real));
    limiter = new XfsLimiter(new DataDirectory(data, mountinfo), commands, projects);
    directory = new ServerDirectory(SERVER, data.resolve(SERVER.toString()));
  }

  private String quota(String command) throws IOException {
    return "xfs_quota -x -c " + command + " " + host.toRealPath();
  }

  @Test
  void aServerIsRegisteredAndLimitedWithTheFirstFourBytesOfItsUuid() throws IOException {
    Files.writeString(projects, "# mine\n7:/srv/other\n");

    limiter.setup(directory, () -> {});
    limiter.limit(directory, 10L << 20);
    limiter.limit(directory, 0);

    assertThat(directory.path()).isDirectory();
    assertThat(projects).hasContent("# mine\n7:/srv/other\n42:" + directory.path() + "\n");
    assertThat(commands.run)
        .containsExactly(
            "xfs_quota -V",
            quota("project -s 42"),
            quota("limit -p bsoft=10m bhard=10m 42"),
            quota("limit -p bsoft=0 bhard=0 42"));
  }

  @Test
  void registeringTwiceAddsOneLine() throws IOException {
    limiter.setup(directory, () -> {});
    limiter.setup(directory, () -> {});

    assertThat(projects).hasContent("42:" + directory.path() + "\n");
  }

  @Test
  void aNumberOfSomebodyElseIsLeftToHim() throws IOException {
    Files.writeString(projects, "42:/srv/other\n");

    limiter.setup(directory, () -> {});

    assertThat(Files.readAllLines(projects)).first().isEqualTo("42:/srv/other");
    assertThat(Files.readAllLines(projects)).hasSize(2);
    assertThat(commands.run).doesNotContain(quota("project -s 42"));
  }

  @Test
  void destroyLiftsTheLimitAndKeepsForeignLines() throws IOException {
    Files.writeString(projects, "7:/srv/other\n");
    limiter.setup(directory, () -> {});

    limiter.destroy(directory, () -> {});

    assertThat(projects).hasContent("7:/srv/other\n");
    assertThat(commands.run).last().isEqualTo(quota("limit -p bsoft=0 bhard=0 42"));
  }

  @Test
  void usageIsReadForAllServersAtOnceInKib() throws IOException {
    limiter.setup(directory, () -> {});
    commands.answer(
        quota("report -p -b -N"),
        """
        #0                  0          0          0     00 [--------]
        #42              1000       2048       2048     00 [--------]
        #43                 5          0          0     00 [--------]
        """);

    assertThat(limiter.usage(List.of(directory))).isEqualTo(Map.of(SERVER, 1_024_000L));
  }

  @Test
  void anErrorThatOnlyStandardErrorTellsIsAnError() throws IOException {
    limiter.setup(directory, () -> {});
    commands.complain(
        quota("limit -p bsoft=1m bhard=1m 42"), "xfs_quota: cannot set limits: No such process");

    assertThatThrownBy(() -> limiter.limit(directory, 1 << 20))
        .hasMessageContaining("cannot set limits");
  }

  @Test
  void filesThatHaveNoProjectAreNoError() throws IOException {
    commands.complain(
        quota("project -s 42"),
        "xfs_quota: skipping special file /srv/volumes/link\n"
            + "xfs_quota: cannot open /srv/volumes/gone: No such file or directory");

    limiter.setup(directory, () -> {});

    assertThat(projects).hasContent("42:" + directory.path() + "\n");
  }

  @Test
  void aMountWithoutTheOptionIsNamed() throws IOException {
    Files.writeString(
        mountinfo,
        "40 1 8:1 / %s rw,relatime - xfs /dev/sda1 rw,noquota\n".formatted(host.toRealPath()));

    assertThatThrownBy(() -> limiter.setup(directory, () -> {}))
        .isInstanceOf(LimiterException.class)
        .hasMessageContaining("prjquota")
        .hasMessageContaining(host.toRealPath().toString());
    assertThat(directory.path()).doesNotExist();
  }
}
