package dev.wings.docker.internal.bandwidth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.docker.internal.bandwidth.NetworkTools.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkToolsTest {
  private static final Deadline LONG = Deadline.in(Duration.ofMinutes(1));

  @Test
  void handsLinesInAndOutputBack() throws Exception {
    assertThat(NetworkTools.run(List.of("/bin/cat"), List.of("one", "two"), LONG))
        .isEqualTo("one\ntwo\n");
  }

  @Test
  void aFailureTellsTheProgramAndItsOwnWords() {
    assertThatThrownBy(() ->
            NetworkTools.run(
                List.of("/usr/bin/env", "--", "/bin/ls", "/no/such/file"), List.of("x"), LONG))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("ls /no/such/file: ")
        .hasMessageContaining("No such file");
  }

  @Test
  void aProgramThatHangsIsEnded() {
    assertThatThrownBy(() ->
            NetworkTools.run(
                List.of("/bin/sleep", "600"), List.of(), Deadline.in(Duration.ofMillis(50))))
        .isInstanceOf(IOException.class)
        .hasMessage("no answer in time: sleep 600");
  }
}
