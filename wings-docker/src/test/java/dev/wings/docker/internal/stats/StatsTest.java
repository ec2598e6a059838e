package dev.wings.docker.internal.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.DockerConfig;
import dev.wings.core.json.Json;
import dev.wings.docker.internal.engine.EngineAddress;
import dev.wings.docker.internal.engine.EngineClient;
import dev.wings.docker.testing.FakeEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Samples from invented control groups and engine answers.
class StatsTest {
  private static final long PID = 42;
  private static final String ID = "abc";
  private static final String NET_DEV =
      """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
          lo:  999      9    0    0    0     0          0         0      999      9    0    0    0     0       0          0
        eth0: 1000     10    0    0    0     0          0         0     2000     20    0    0    0     0       0          0
      wings-dl: 777      7    0    0    0     0          0         0      777      7    0    0    0     0       0          0
        eth1:500 5    0    0    0     0          0         0       50      1    0    0    0     0       0          0
      """;

  @TempDir Path directory;
  private final AtomicLong nanos = new AtomicLong();

  private void write(String path, String content) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private ControlGroup groups() {
    return new ControlGroup(directory.resolve("cgroup"), directory.resolve("proc"));
  }

  private void process(String membership) throws IOException {
    write("proc/meminfo", "MemTotal:        1000 kB\nMemFree: 1 kB\n");
    write("proc/42/cgroup", membership);
    write("proc/42/net/dev", NET_DEV);
  }

  private void unified() throws IOException {
    process("0::/docker/abc\n");
    write("cgroup/cgroup.controllers", "cpu memory");
    write("cgroup/docker/abc/cpu.stat", "usage_usec 5000\nuser_usec 1\n");
    write("cgroup/docker/abc/memory.current", "700000\n");
    write("cgroup/docker/abc/memory.stat", "anon 1\ninactive_file 200000\nactive_file 3\n");
    write("cgroup/docker/abc/memory.max", "max\n");
  }

  @Test
  void readsControlGroupsOfVersionTwo() throws IOException {
    unified();

    try (CgroupSource source = CgroupSource.open(groups(), PID).orElseThrow()) {
      assertThat(source.sample())
          .isEqualTo(
              new Sample(5_000_000, 500_000, 1_024_000, new NetworkCounters(1500, 15, 2050, 21)));
      write("cgroup/docker/abc/memory.max", "900000\n");
      write("cgroup/docker/abc/memory.stat", "inactive_file 900000\n");
      write("cgroup/docker/abc/cpu.stat", "usage_usec 6000\n");
      Sample second = source.sample();
      assertThat(second.memoryLimitBytes()).isEqualTo(900_000);
      assertThat(second.memoryBytes()).isEqualTo(700_000); // inactive is not smaller
      assertThat(second.cpuNanos()).isEqualTo(6_000_000);
    }
  }

  @Test
  void readsControlGroupsOfVersionOne() throws IOException {
    process("4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n");
    write("cgroup/cpuacct/docker/abc/cpuacct.usage", "123456789\n");
    write("cgroup/memory/docker/abc/memory.usage_in_bytes", "5000\n");
    write("cgroup/memory/docker/abc/memory.stat", "inactive_file 1\ntotal_inactive_file 1000\n");
    write("cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");

    try (CgroupSource source = CgroupSource.open(groups(), PID).orElseThrow()) {
      assertThat(source.sample())
          .isEqualTo(
              new Sample(123_456_789, 4000, 1_024_000, new NetworkCounters(1500, 15, 2050, 21)));
    }
  }

  @Test
  void aRootMembershipCannotBeUsed() throws IOException {
    unified();
    write("proc/42/cgroup", "0::/\n");
    assertThat(CgroupSource.open(groups(), PID)).isEmpty();
    write("proc/42/cgroup", "0::/../../docker/abc\n");
    assertThat(CgroupSource.open(groups(), PID)).isEmpty();
  }

  @Test
  void readsTheEnginesAnswer() throws IOException {
    String answer =
        """
        {"cpu_stats": {"cpu_usage": {"total_usage": 77}},
         "memory_stats": {"usage": 1000, "limit": 5000, "stats": {"inactive_file": 300}},
         "networks": {"eth0": {"rx_bytes": 1, "rx_packets": 2, "tx_bytes": 3, "tx_packets": 4},
                      "wings-dl": {"rx_bytes": 100}}}
        """;

    assertThat(EngineSource.parse(Json.mapper().readTree(answer)))
        .isEqualTo(new Sample(77, 700, 5000, new NetworkCounters(1, 2, 3, 4)));
    assertThat(
            EngineSource.parse(
                    Json.mapper()
                        .readTree(
                            "{\"memory_stats\":{\"usage\":10,\"stats\":{\"total_inactive_file\":10}}}"))
                .memoryBytes())
        .isEqualTo(10);
  }

  @Test
  void fallsBackToTheEngineWhenTheGroupCannotBeSeen() throws IOException {
    try (FakeEngine fake = new FakeEngine(directory);
        EngineClient client = new EngineClient(new EngineAddress.Local(fake.socket()));
        StatsSampler sampler = new StatsSampler(groups(), client, ID, nanos::get)) {
      fake.on(
          "GET /containers/abc/stats",
          (request, response) -> {
            assertThat(request.query())
                .containsEntry("stream", "false")
                .containsEntry("one-shot", "true");
            response.json(200, "{\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":5}}}");
          });
      unified();
      assertThat(sampler.sample(PID).orElseThrow().cpuNanos()).isEqualTo(5_000_000);
      assertThat(sampler.sample(PID)).isPresent();
      assertThat(fake.requests("GET /containers/abc/stats")).isEmpty();

      // unreadable: looked up again, and after three seconds without a sample the engine is asked
      write("cgroup/docker/abc/cpu.stat", "usage_usec nonsense\n");
      nanos.addAndGet(1_000_000_000L);
      assertThat(sampler.sample(PID)).isEmpty();
      nanos.addAndGet(3_000_000_000L);
      assertThat(sampler.sample(PID).orElseThrow().cpuNanos()).isEqualTo(5);
    }
  }

  @Test
  void aProcessNumberUsedAnewIsNotMeasured() throws IOException {
    unified();
    write("proc/42/cgroup", "0::/docker/other\n");

    assertThat(groups().contains(PID, ID)).isFalse();
    assertThat(groups().contains(0, ID)).isFalse();
  }

  @Test
  void cpuIsAShareOfTheWallClockBetweenSamples() {
    CpuMeter meter = new CpuMeter();

    assertThat(meter.advance(1_000, 5)).isZero(); // nothing to compare with
    assertThat(meter.advance(500_001_000, 1_000_000_005L)).isEqualTo(50.0);
    assertThat(meter.advance(500_001_000 + 3_000_000_000L, 2_500_000_005L)).isEqualTo(200.0);
    assertThat(meter.advance(3_500_001_000L + 12_345, 3_500_000_005L)).isEqualTo(0.001);
    assertThat(meter.advance(10, 4_500_000_005L)).isZero(); // went backwards: restarted
    assertThat(meter.advance(20, 4_500_000_005L)).isZero(); // no time passed
  }

  @Test
  void readsLimitsBackFromVersionTwo() throws IOException {
    unified();
    write("cgroup/docker/abc/memory.max", "1000\n");
    write("cgroup/docker/abc/memory.swap.max", "500\n");
    write("cgroup/docker/abc/memory.low", "800\n");
    write("cgroup/docker/abc/pids.max", "max\n");
    write("cgroup/docker/abc/cpu.max", "max 100000\n");

    LimitsInForce limits = LimitsInForce.inKernel(groups(), ID, PID).orElseThrow();

    assertThat(
            limits.differing(
                Map.of(
                    "Memory", "1000",
                    "MemorySwap", "1500",
                    "MemoryReservation", "800",
                    "PidsLimit", "-1",
                    "CpuQuota", "-1",
                    "CpuPeriod", "100000",
                    "CpusetCpus", "0")))
        .isEmpty();
    assertThat(limits.differing(Map.of("Memory", "900", "CpuQuota", "5000")))
        .containsExactlyInAnyOrder(
            "Memory is 1000, asked for 900", "CpuQuota is -1, asked for 5000");
    assertThat(LimitsInForce.inKernel(groups(), "other", PID)).isEmpty();
    write("proc/42/cgroup", "0::/docker/abc/init.scope\n"); // an init system moved itself
    write("cgroup/docker/abc/init.scope/memory.max", "max\n");
    assertThat(LimitsInForce.inKernel(groups(), ID, PID)).contains(limits);
  }

  @Test
  void readsLimitsBackFromVersionOne() throws IOException {
    process("4:memory:/docker/abc\n3:pids:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n");
    write("cgroup/memory/docker/abc/memory.limit_in_bytes", "1000\n");
    write("cgroup/memory/docker/abc/memory.memsw.limit_in_bytes", "9223372036854771712\n");
    write("cgroup/pids/docker/abc/pids.max", "512\n");
    write("cgroup/cpu/docker/abc/cpu.cfs_quota_us", "-1\n");

    LimitsInForce limits = LimitsInForce.inKernel(groups(), ID, PID).orElseThrow();

    assertThat(limits.values())
        .isEqualTo(
            Map.of("Memory", "1000", "MemorySwap", "-1", "PidsLimit", "512", "CpuQuota", "-1"));
  }

  @Test
  void burstFollowsTheQuotaInBothVersions() throws IOException {
    CfsBurst burst = new CfsBurst(groups());
    unified();
    write("cgroup/docker/abc/cpu.max", "150000 100000\n");
    write("cgroup/docker/abc/cpu.max.burst", "1");
    Path file = directory.resolve("cgroup/docker/abc/cpu.max.burst");

    burst.apply(PID, new DockerConfig.CfsBurst(true, 0.5));
    assertThat(file).content().isEqualTo("75000");
    burst.apply(PID, new DockerConfig.CfsBurst(false, 1));
    assertThat(file).content().isEqualTo("75000");
    burst.apply(PID, new DockerConfig.CfsBurst(true, 7)); // clamped to 1
    assertThat(file).content().startsWith("150000");

    write("cgroup/docker/abc/cpu.max", "max 100000\n");
    Files.writeString(file, "");
    burst.apply(PID, new DockerConfig.CfsBurst(true, 1));
    assertThat(file).content().isEqualTo("0");
    burst.apply(0, new DockerConfig.CfsBurst(true, 1)); // no process: nothing to do
  }

  @Test
  void aHostWithoutBurstIsOnlyWarnedAbout() throws IOException {
    unified();
    write("cgroup/docker/abc/cpu.max", "150000 100000\n");

    new CfsBurst(groups()).apply(PID, new DockerConfig.CfsBurst(true, 1));

    assertThat(directory.resolve("cgroup/docker/abc/cpu.max.burst")).doesNotExist();
  }
}
