package dev.wings.sftp.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.WingsException;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.Proves;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Commands of `exec` requests.
class ConsoleShellTest {
  private final FakeConsole console = new FakeConsole();
  private final FakeTerminal terminal = new FakeTerminal();
  private final List<String> archived = new ArrayList<>();

  private final class Archives implements ArchiveCommands {
    @Override
    public void extract(String archive, String directory) {
      if (archive.equals("missing.tar")) {
        throw WingsException.notFound("file not found");
      }
      archived.add("extract " + archive + " to " + directory);
    }

    @Override
    public void create(String directory, String archive, List<String> paths) {
      archived.add("create " + archive + " in " + directory + " of " + paths);
    }
  }

  private int exec(String command) throws InterruptedException {
    return new ConsoleShell(console, new Archives()).exec(command, terminal);
  }

  @Test
  void aCommandIsALineForTheGame() throws InterruptedException {
    assertThat(exec("say \"hello  world\"; stop")).isZero();

    assertThat(console.commands).containsExactly("say \"hello  world\"; stop");
    assertThat(terminal.text()).isEmpty();
  }

  @Test
  void tellsWhyALineWasNotSent() throws InterruptedException {
    console.state = ServerState.OFFLINE;
    assertThat(exec("say hello")).isZero();
    assertThat(terminal.text()).contains("offline");

    console.without(ConsoleRight.COMMAND);
    assertThat(exec("say hello")).isZero();

    assertThat(terminal.text()).contains("control.console");
    assertThat(console.commands).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "scp -f /etc/passwd",
        "scp -t .",
        "rsync --server -vlogDtprze.iLsfxCIvu . /",
        "md5sum world/level.dat",
        "/usr/lib/openssh/sftp-server",
        "git-upload-pack '/x'",
        "'scp' -t x"
      })
  @Proves("SF-07")
  void programsThatMoveFilesAreRefused(String command) throws InterruptedException {
    assertThat(exec(command)).isEqualTo(1);

    assertThat(terminal.text()).contains("Use SFTP");
    assertThat(console.commands).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tar -xzpPf my\\ world.tar.gz -C some\\ dir",
        "tar xf \"my world.tar.gz\" -C 'some dir'",
      })
  void archivesAreUnpacked(String command) throws InterruptedException {
    assertThat(exec(command)).isZero();
    assertThat(archived).containsExactly("extract my world.tar.gz to some dir");
    assertThat(console.commands).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cd /plugins; tar -czf out.tar.gz a\\ b c",
        "cd /plugins && tar czpf out.tar.gz 'a b' c",
        "cd /plugins;tar -czf out.tar.gz \"a b\" c",
      })
  void archivesArePacked(String command) throws InterruptedException {
    assertThat(exec(command)).isZero();
    assertThat(archived).containsExactly("create out.tar.gz in /plugins of [a b, c]");
  }

  @Test
  @Proves("SF-04")
  void archivesNeedTheirRights() throws InterruptedException {
    console.without(ConsoleRight.CREATE_FILES).without(ConsoleRight.ARCHIVE);

    assertThat(exec("tar -xzpPf a.tar.gz -C b")).isEqualTo(1);
    assertThat(exec("cd /; tar -czf a.tar.gz b")).isEqualTo(1);

    assertThat(archived).isEmpty();
    assertThat(terminal.text()).contains("files.create", "files.archive");
  }

  @Test
  void aFailureIsExitStatusOne() throws InterruptedException {
    assertThat(exec("tar -xf missing.tar -C /")).isEqualTo(1);
    assertThat(terminal.text()).contains("file not found");

    console.failure = new IllegalStateException("broken");
    assertThat(exec("say hello")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"tar", "tar -xf a", "tar cf a b", "tar -tf a -C b", "tar -x-f a -C b", ""})
  void whatOnlyLooksLikeAnArchiveCommandGoesToTheGame(String command) throws InterruptedException {
    assertThat(exec(command)).isZero();
    assertThat(console.commands).containsExactly(command);
  }
}
