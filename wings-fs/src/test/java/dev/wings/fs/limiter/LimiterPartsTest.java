package dev.wings.fs.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.fs.host.CommandException;
import dev.wings.fs.host.HostCommands;
import dev.wings.fs.host.MissingProgramException;
import dev.wings.fs.host.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimiterPartsTest {
  @Test
  void projectNumbersBeginWithTheUsualOneAndAreNeverReserved() {
    UUID server = UUID.fromString("fffffffe-0000-0001-0000-000000000002");

    assertThat(ProjectIds.of(server)).isEqualTo(0xfffffffeL);
    assertThat(ProjectIds.candidates(server).boxed())
        .startsWith(0xfffffffeL, 2L, 1L)
        .doesNotContain(0L, 0xffffffffL)
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1024,1024", "21.5K,22016", "1.00M,1048576", "3G,3221225472", "512B,512"})
  void zfsSizesAreRead(String text, long bytes) {
    assertThat(ZfsLimiter.bytes(text)).hasValue(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "none", "1.5X", "-3"})
  void whatIsNoSizeIsNone(String text) {
    assertThat(ZfsLimiter.bytes(text)).isEqualTo(OptionalLong.empty());
  }

  @Test
  void theMountOfAPathIsTheLastOfTheLongest(@TempDir Path host) throws IOException {
    Path table =
        Files.writeString(
            host.resolve("mountinfo"),
            """
            20 1 8:1 / / rw - ext4 /dev/sda1 rw
            30 20 8:2 / /srv rw,nosuid shared:1 - xfs /dev/sdb rw,prjquota
            31 30 8:3 /sub /srv/a\\040b rw - btrfs /dev/sdc rw,subvol=/sub
            32 20 8:4 / /srv rw - ext4 /dev/sdd rw
            malformed
            """);

    Mounts mounts = Mounts.read(table);

    assertThat(mounts.of(Path.of("/srvx")).orElseThrow().type()).isEqualTo("ext4");
    assertThat(mounts.of(Path.of("/srv/x")).orElseThrow().source()).isEqualTo("/dev/sdd");
    Mounts.Mount blank = mounts.of(Path.of("/srv/a b/c/d")).orElseThrow();
    assertThat(blank.inside(Path.of("/srv/a b/c/d"))).isEqualTo("/sub/c/d");
    assertThat(blank.inside(Path.of("/srv/a b"))).isEqualTo("/sub");
    assertThat(mounts.at(Path.of("/srv/x"))).isEmpty();
  }

  @Test
  void aFailingProgramShowsWhatItComplainedAbout() {
    assertThatThrownBy(() -> new HostCommands().run("ls", "/does/not/exist"))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("/does/not/exist");
    assertThatThrownBy(() -> new HostCommands().run("no-such-program-of-wings"))
        .isInstanceOf(MissingProgramException.class)
        .hasMessageContaining("installed");
  }

  @Test
  void aProgramThatDoesNotEndIsKilled() {
    assertThatThrownBy(
            () -> new HostCommands().run(Duration.ofMillis(200), () -> {}, List.of("sleep", "600")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not end");
  }
}
