package dev.wings.docker.internal.bandwidth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wings.docker.internal.bandwidth.BandwidthShaper.Target;
import dev.wings.docker.internal.stats.ControlGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Networks that belong to a user namespace, as those of rootless engines do, made without an
/// engine.
class RootlessBandwidthIT {
  private static final String NETWORK =
      "ip link add eth0 type veth peer name peer0 && ip link set eth0 up && ";
  private static final String UNPRIVILEGED =
      "setpriv --bounding-set=-net_admin,-net_raw,-sys_admin --inh-caps=-all ";
  private static final BandwidthLimits LIMITS = new BandwidthLimits(8_000_000, 16_000_000);

  private final BandwidthShaper shaper =
      new BandwidthShaper(ControlGroup.HOST, /* rootless= */ true);
  private final List<Process> processes = new java.util.ArrayList<>();

  @BeforeEach
  void require() throws InterruptedException {
    shaper.examine();
    assumeTrue(
        shaper.obstacle().isEmpty(),
        () -> "this machine cannot shape in user namespaces: " + shaper.obstacle().orElse(""));
  }

  @AfterEach
  void end() {
    processes.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
    processes.forEach(Process::destroyForcibly);
  }

  /// @param script prints the number of the container's process
  private Target container(String script) throws IOException {
    Process process =
        new ProcessBuilder(
                "unshare", "--user", "--map-root-user", "--net", "sh", "-c", NETWORK + script)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    processes.add(process);
    BufferedReader output = process.inputReader();
    long pid = Long.parseLong(output.readLine());
    assertThat(output.readLine()).isEqualTo("ready");
    return new Target(":", pid, "bridge"); // each line of a control group has one
  }

  /// The second container has a user namespace of its own; its network belongs to the outer one.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo $$; exec " + UNPRIVILEGED + "sh -c 'echo ready; sleep 300'",
        "unshare --user --map-root-user "
            + UNPRIVILEGED
            + "sh -c 'read pid rest < /proc/self/stat; echo $pid; echo ready; sleep 300' & wait"
      })
  void limitsAreSetChangedAndRemoved(String script) throws Exception {
    Target target = container(script);

    shaper.apply(target, LIMITS);
    assertThat(qdiscs(target)).contains("rate 8Mbit", "rate 16Mbit");

    shaper.apply(target, new BandwidthLimits(0, 32_000_000));
    assertThat(qdiscs(target)).contains("rate 32Mbit").doesNotContain("rate 8Mbit");

    shaper.apply(target, BandwidthLimits.NONE);
    assertThat(qdiscs(target)).doesNotContain("tbf", "ingress", "wings-dl");
  }

  @Test
  void aContainerThatMayChangeItsNetworkIsRefused() throws Exception {
    Target target = container("echo $$; echo ready; exec sleep 300");

    assertThatThrownBy(() -> shaper.apply(target, LIMITS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("NET_ADMIN");
    assertThat(qdiscs(target)).doesNotContain("tbf");
  }

  @Test
  void theNetworkOfTheHostIsNeverTouched() throws Exception {
    Process process = new ProcessBuilder("sleep", "300").start();
    processes.add(process);

    assertThatThrownBy(() -> shaper.apply(new Target(":", process.pid(), "bridge"), LIMITS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("shares the network of the daemon");
  }

  private static String qdiscs(Target target) throws Exception {
    Process process =
        new ProcessBuilder(
                "nsenter", "-t", Long.toString(target.pid()), "-n", "tc", "qdisc", "show")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
