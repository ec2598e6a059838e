package dev.wings.fs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HostCommandsTest {
  @TempDir private Path directory;
  private Commands commands;

  @BeforeEach
  void prepare() {
    commands = new HostCommands(directory + ":/usr/bin:/bin");
  }

  private void program(String name, String script) throws IOException {
    Path file = Files.writeString(directory.resolve(name), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void saysWhatAProgramWroteAndSpeaksEnglishToIt() throws IOException {
    program("tool", "echo \"$LC_ALL $1\"; echo second; echo complaint >&2");

    Commands.Output output = commands.run("tool", "an argument");

    assertThat(output.lines()).containsExactly("C an argument", "second");
    assertThat(output.errors()).isEqualTo("complaint\n");
  }

  @Test
  void aFailureNamesTheCommandAndItsComplaint() throws IOException {
    program("tool", "echo 'no such thing' >&2; exit 3");

    assertThatThrownBy(() -> commands.run("tool", "show"))
        .isInstanceOfSatisfying(
            CommandException.class, e -> assertThat(e.errors()).isEqualTo("no such thing\n"))
        .hasMessageContaining("show: no such thing");
  }

  @Test
  void aMissingProgramIsNamed() {
    assertThat(commands.exists("no-such-tool")).isFalse();
    assertThatThrownBy(() -> commands.run("no-such-tool"))
        .isInstanceOf(MissingProgramException.class)
        .hasMessageContaining("no-such-tool");
  }

  @Test
  void cancellingKillsTheProgram() throws IOException {
    Path pid = directory.resolve("pid");
    program("tool", "echo $$ > " + pid + ".new; mv " + pid + ".new " + pid + "; exec sleep 100");
    Progress progress = new Progress();
    Thread canceller =
        Thread.ofVirtual()
            .start(() -> {
              Awaitility.await().until(() -> Files.exists(pid));
              progress.cancel();
            });

    assertThatThrownBy(() -> commands.run(Duration.ofSeconds(60), progress, List.of("tool")))
        .isInstanceOf(OperationAbortedException.class);

    Awaitility.await().until(() -> !canceller.isAlive());
    long process = Long.parseLong(Files.readString(pid).strip());
    Awaitility.await().until(() -> ProcessHandle.of(process).isEmpty());
  }

  @Test
  void aProgramThatDoesNotEndInTimeIsKilled() throws IOException {
    program("tool", "exec sleep 100");

    assertThatThrownBy(() -> commands.run(Duration.ofSeconds(1), new Progress(), List.of("tool")))
        .hasMessageContaining("does not end");
  }
}
