package dev.wings.docker.internal.bandwidth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShapingPlanTest {
  private static final KernelSupport FULL = new KernelSupport(true, true);
  private static final KernelSupport BARE = new KernelSupport(false, false);
  private static final ContainerNetwork FRESH =
      new ContainerNetwork("eth0", 1500, 0, false, false, 0);

  /// Uploads 8 Mbit/s, downloads 400 Mbit/s.
  private static final ContainerNetwork SHAPED =
      new ContainerNetwork("eth0", 1500, 1_000_000, true, true, 50_000_000);

  private static final BandwidthLimits LIMITS = new BandwidthLimits(8_000_000, 400_000_000);

  private static ShapingPlan plan(ContainerNetwork now, BandwidthLimits wanted) {
    return ShapingPlan.of(now, wanted, FULL, /* rootless= */ false);
  }

  @Test
  void shapesAFreshContainerInBothDirections() {
    ShapingPlan plan = plan(FRESH, LIMITS);

    assertThat(plan.linksBefore())
        .containsExactly("link add wings-dl type ifb", "link set wings-dl up");
    assertThat(plan.traffic())
        .containsExactly(
            "qdisc replace dev eth0 root handle 5742: tbf rate 8000000bit burst 65536 limit 265536",
            "qdisc replace dev eth0 parent 5742:1 handle 5743: fq_codel limit 2770 flows 4096"
                + " quantum 300 target 50000us interval 500000us memory_limit 4194304",
            "qdisc replace dev wings-dl root handle 5742: tbf rate 400000000bit burst 250000"
                + " limit 5000000",
            "qdisc replace dev wings-dl parent 5742:1 handle 5743: fq_codel limit 3302 flows 4096"
                + " quantum 1514 target 50000us interval 500000us memory_limit 5000000",
            "qdisc add dev eth0 ingress",
            "filter add dev eth0 parent ffff: protocol all prio 1 matchall"
                + " action mirred egress redirect dev wings-dl");
    assertThat(plan.linksAfter()).isEmpty();
  }

  @Test
  void aBareKernelGetsTheSameRatesWithOneQueue() {
    ShapingPlan plan = ShapingPlan.of(FRESH, LIMITS, BARE, /* rootless= */ false);

    assertThat(plan.traffic())
        .containsExactly(
            "qdisc replace dev eth0 root handle 5742: tbf rate 8000000bit burst 65536 limit 265536",
            "qdisc replace dev wings-dl root handle 5742: tbf rate 400000000bit burst 250000"
                + " limit 5000000",
            "qdisc add dev eth0 ingress",
            "filter add dev eth0 parent ffff: protocol all prio 1 u32 match u32 0 0"
                + " action mirred egress redirect dev wings-dl");
  }

  @Test
  void rootlessContainersDifferInDownloadsOnly() {
    List<String> rootless =
        ShapingPlan.of(FRESH, new BandwidthLimits(8_000_000, 8_000_000), FULL, /* rootless= */ true)
            .traffic();

    assertThat(rootless.get(1))
        .endsWith(
            "limit 2770 flows 4096 quantum 300 target 50000us interval 500000us memory_limit"
                + " 4194304");
    assertThat(rootless.get(3))
        .endsWith(
            "limit 10240 flows 4096 quantum 300 target 1000000us interval 10000000us"
                + " memory_limit 33554432");
  }

  @Test
  void whatIsInForceIsLeftAlone() {
    assertThat(plan(SHAPED, LIMITS)).isEqualTo(new ShapingPlan(List.of(), List.of(), List.of()));
    assertThat(plan(FRESH, BandwidthLimits.NONE))
        .isEqualTo(new ShapingPlan(List.of(), List.of(), List.of()));
  }

  @Test
  void zeroRemovesTheShapingAndTheDevice() {
    ShapingPlan plan = plan(SHAPED, BandwidthLimits.NONE);

    assertThat(plan.linksBefore()).isEmpty();
    assertThat(plan.traffic())
        .containsExactly("qdisc del dev eth0 root", "qdisc del dev eth0 ingress");
    assertThat(plan.linksAfter()).containsExactly("link del wings-dl");
  }

  @Test
  void oneDirectionChangesWithoutTheOther() {
    ShapingPlan upload = plan(SHAPED, new BandwidthLimits(16_000_000, 400_000_000));
    assertThat(upload.traffic().getFirst()).isEqualTo("qdisc del dev eth0 root");
    assertThat(upload.traffic()).hasSize(3).noneMatch(line -> line.contains("wings-dl"));
    assertThat(upload.linksBefore()).isEmpty();

    ShapingPlan download = plan(SHAPED, new BandwidthLimits(8_000_000, 16_000_000));
    assertThat(download.linksBefore()).containsExactly("link set wings-dl up");
    assertThat(download.traffic())
        .hasSize(6)
        .startsWith("qdisc del dev wings-dl root")
        .containsSequence("qdisc del dev eth0 ingress", "qdisc add dev eth0 ingress")
        .noneMatch(line -> line.contains("dev eth0 root"));
  }

  /// As a daemon leaves it that was killed half-way.
  @Test
  void halfAShapingIsCompletedOrRemoved() {
    ContainerNetwork half = new ContainerNetwork("eth0", 1500, 0, false, true, 50_000_000);

    assertThat(plan(half, LIMITS).linksBefore()).containsExactly("link set wings-dl up");
    assertThat(plan(half, LIMITS).traffic())
        .contains("qdisc del dev wings-dl root", "qdisc add dev eth0 ingress")
        .doesNotContain("qdisc del dev eth0 ingress");
    assertThat(plan(half, BandwidthLimits.NONE).traffic()).isEmpty();
    assertThat(plan(half, BandwidthLimits.NONE).linksAfter()).containsExactly("link del wings-dl");
  }
}
