package dev.wings.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.testing.Proves;
import dev.wings.daemon.panel.ScriptedPanel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What one tenant can take from the others.
class CeilingsIT {
  private static final int PROCESSES = 200;

  /// Again and again eats memory and disk time and takes all process slots, and holds them for some
  /// seconds; its own loop goes on.
  private static final String HOSTILE =
      """
      cat > /mnt/server/run.sh <<'END'
      echo "Ready to play"
      mkfifo never; exec 3<> never
      bomb() { bomb & bomb & IFS= read -r -t 4 line <&3; }
      while :; do
        tail /dev/zero &
        dd if=/dev/zero of=hog bs=1M count=200 conv=fsync &
        bomb &
        IFS= read -r -t 8 line
      done 2> /dev/null
      END
      """;

  /// A game that ticks ten times a second and prints when, by the machine's clock.
  private static final String TICKING =
      """
      cat > /mnt/server/run.sh <<'END'
      echo "Ready to play"
      while :; do
        read -r up idle < /proc/uptime
        echo "tick $up"
        usleep 100000
      done
      END
      """;

  @TempDir Path directory;

  @BeforeAll
  static void engine() throws Exception {
    Engine.require();
  }

  private TestNode node(ScriptedPanel panel) throws IOException {
    return new TestNode(
            directory,
            panel,
            config -> config.withObjectProperty("docker").put("container_pid_limit", PROCESSES))
        .start();
  }

  private static ObjectNode definition(UUID id, int memory, int cpu) {
    ObjectNode definition = TestServer.definition(id);
    ObjectNode settings = definition.withObjectProperty("settings");
    settings.put("invocation", "sh run.sh");
    settings.withObjectProperty("build").put("memory_limit", memory).put("cpu_limit", cpu);
    return definition;
  }

  @Test
  @Proves("CT-03")
  void forkBombMemoryHogAndDiskHogStayInsideTheirCeilingsAndANeighbourKeepsTicking()
      throws Exception {
    UUID victim = UUID.randomUUID();
    UUID hostile = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = node(panel)) {
      node.createServer(definition(victim, 64, 0), TestServer.script(TICKING));
      node.createServer(definition(hostile, 128, 50), TestServer.script(HOSTILE));
      node.power(victim, "start");
      node.awaitState(victim, "running");
      await("some quiet ticks")
          .atMost(Duration.ofSeconds(40))
          .until(() -> ticks(victim).size() > 50);
      double quiet = longestGap(ticks(victim));
      int quietTicks = ticks(victim).size();

      node.power(hostile, "start");
      node.awaitState(hostile, "running");
      KernelGroup group = KernelGroup.of(hostile.toString());
      Duration slowestAnswer = watch(node, hostile, victim, group);

      List<Double> ticks = ticks(victim);
      double gap = longestGap(ticks.subList(quietTicks, ticks.size()));
      System.out.printf(
          "longest gap between ticks: %.2f s before, %.2f s beside the hostile server;"
              + " slowest answer %d ms%n",
          quiet, gap, slowestAnswer.toMillis());
      // The machine may be busy with other things as well: those show in the quiet ticks.
      assertThat(gap).isLessThan(2 + 2 * quiet);
      assertThat(slowestAnswer).isLessThan(Duration.ofSeconds(3));
      assertThat(group.outOfMemoryKills()).isPositive();
      assertThat(Files.size(node.volume(hostile).resolve("hog"))).isPositive();
      assertThat(node.state(victim)).isEqualTo("running");
      node.power(hostile, "kill");
      node.awaitState(hostile, "offline");
    }
  }

  /// Looks at the ceilings until the bomb has been at its own for a while.
  ///
  /// @return the longest time that the daemon took to answer meanwhile
  private static Duration watch(TestNode node, UUID hostile, UUID victim, KernelGroup group)
      throws Exception {
    long memory = 147L << 20; // floor(128 x 1.15) MiB
    assertThat(group.memoryLimit()).isEqualTo(memory);
    assertThat(group.swapLimit()).isZero();
    assertThat(group.processLimit()).isEqualTo(PROCESSES);
    assertThat(group.cpuQuota()).isEqualTo(50_000);
    assertThat(group.openFiles()).isBetween(1024L, 1L << 20);
    long begin = System.nanoTime();
    long cpu = group.cpuMicros();
    Duration slowest = Duration.ZERO;
    int full = 0;
    while (full < 50) {
      assertThat(System.nanoTime() - begin)
          .as("the bomb fills the process slots")
          .isLessThan(Duration.ofSeconds(90).toNanos());
      long processes = group.processes();
      assertThat(processes).isLessThanOrEqualTo(PROCESSES);
      assertThat(group.memoryUsed()).isLessThanOrEqualTo(memory);
      full += processes > PROCESSES * 0.8 ? 1 : 0;
      long asked = System.nanoTime();
      assertThat(node.get("/api/servers/" + hostile).statusCode()).isEqualTo(200);
      assertThat(node.get("/api/servers/" + victim + "/utilization").statusCode()).isEqualTo(200);
      Duration took = Duration.ofNanos(System.nanoTime() - asked);
      slowest = took.compareTo(slowest) > 0 ? took : slowest;
      Thread.sleep(100); // the interval of the looks
    }
    double share = (group.cpuMicros() - cpu) * 1000.0 / (System.nanoTime() - begin);
    assertThat(share).as("CPUs used").isLessThan(0.6);
    return slowest;
  }

  private static List<Double> ticks(UUID server) throws Exception {
    return Engine.docker("logs", server.toString())
        .lines()
        .filter(line -> line.startsWith("tick "))
        .map(line -> Double.parseDouble(line.substring("tick ".length()).strip()))
        .toList();
  }

  private static double longestGap(List<Double> ticks) {
    double longest = 0;
    for (int i = 1; i < ticks.size(); i++) {
      longest = Math.max(longest, ticks.get(i) - ticks.get(i - 1));
    }
    return longest;
  }

  @Test
  @Proves("CT-03")
  void limitsThatThePanelChangesAreInForceInTheKernelAtOnce() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = node(panel)) {
      node.createServer(definition(id, 64, 50), TestServer.script(TICKING));
      node.power(id, "start");
      node.awaitState(id, "running");
      KernelGroup group = KernelGroup.of(id.toString());
      ObjectNode larger = definition(id, 256, 120);
      larger.withObjectProperty("settings").withObjectProperty("build").put("swap", 32);
      panel.define(larger);

      assertThat(node.post("/api/servers/" + id + "/sync", "{}").statusCode()).isBetween(200, 204);

      await("limits changed")
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            assertThat(group.memoryLimit()).isEqualTo(294L << 20);
            assertThat(group.swapLimit()).isEqualTo(32L << 20);
            assertThat(group.cpuQuota()).isEqualTo(120_000);
          });
      assertThat(node.output()).doesNotContain("not in force").doesNotContain("not applied");
      node.power(id, "kill");
      node.awaitState(id, "offline");
    }
  }

  @Test
  @Proves("CT-03")
  void theInstallerOfASmallServerHasFloorAndCeilingOfItsOwn() throws Exception {
    UUID id = UUID.randomUUID();
    try (ScriptedPanel panel = new ScriptedPanel();
        TestNode node = node(panel)) {
      panel.define(definition(id, 64, 10));
      panel.script(id, TestServer.script("read line < /mnt/server/go"));
      Files.createDirectories(node.volume(id));
      assertThat(Engine.run("mkfifo", node.volume(id).resolve("go").toString()).status()).isZero();

      node.post("/api/servers", "{\"uuid\":\"" + id + "\"}");
      await("the installer runs")
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> Engine.inspect(id + "_installer", "{{.State.Running}}").equals("true"));

      KernelGroup group = KernelGroup.of(id + "_installer");
      assertThat(group.memoryLimit()).isEqualTo(1177L << 20); // floor(1024 x 1.15) MiB
      assertThat(group.swapLimit()).isZero();
      assertThat(group.cpuQuota()).isEqualTo(100_000);
      assertThat(group.processLimit()).isEqualTo(PROCESSES);
      assertThat(group.openFiles()).isBetween(1024L, 1L << 20);
      Engine.docker("exec", id + "_installer", "sh", "-c", "echo go > /mnt/server/go");
      await("installation reported")
          .atMost(Duration.ofSeconds(30))
          .until(() -> !panel.installResults().isEmpty());
      assertThat(panel.installResults().getFirst().successful()).isTrue();
      Engine.removeAll(id.toString());
    }
  }
}
