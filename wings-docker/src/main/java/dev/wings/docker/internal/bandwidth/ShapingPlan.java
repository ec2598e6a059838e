package dev.wings.docker.internal.bandwidth;

import static dev.wings.docker.internal.bandwidth.ContainerNetwork.HANDLE;
import static dev.wings.docker.internal.bandwidth.ContainerNetwork.IFB;

import java.util.ArrayList;
import java.util.List;

/// What has to be done in a container's network namespace, in this order, to get from what is there
/// to what is wanted. A direction that is as it should be is not touched, so its queue survives a
/// restart of the daemon.
///
/// A change takes the old discipline away and puts a new one in its place: FQ-CoDel cannot change
/// its number of flows and `matchall` not its action. Within one batch that is a matter of
/// microseconds.
///
/// @param linksBefore lines for `ip -batch`
/// @param traffic lines for `tc -batch`
/// @param linksAfter lines for `ip -batch`
record ShapingPlan(List<String> linksBefore, List<String> traffic, List<String> linksAfter) {
  private static final String CHILD_HANDLE = "5743:";

  ShapingPlan {
    linksBefore = List.copyOf(linksBefore);
    traffic = List.copyOf(traffic);
    linksAfter = List.copyOf(linksAfter);
  }

  /// @param rootless whether the container's network is one of user space
  static ShapingPlan of(
      ContainerNetwork now, BandwidthLimits wanted, KernelSupport kernel, boolean rootless) {
    List<String> before = new ArrayList<>();
    List<String> traffic = new ArrayList<>();
    List<String> after = new ArrayList<>();
    if (Shape.bytesPerSecond(wanted.upload()) != now.uploadRate()) {
      if (now.uploadRate() != 0) {
        traffic.add("qdisc del dev " + now.device() + " root");
      }
      if (wanted.upload() != 0) {
        shape(now.device(), Shape.of(wanted.upload(), now.mtu()), kernel, traffic);
      }
    }
    if (wanted.download() == 0) {
      stopDownload(now, traffic, after);
    } else if (!now.ifb()
        || !now.ingress()
        || Shape.bytesPerSecond(wanted.download()) != now.downloadRate()) {
      Shape shape =
          rootless
              ? Shape.ofRootlessDownload(wanted.download(), now.mtu())
              : Shape.of(wanted.download(), now.mtu());
      startDownload(now, shape, kernel, before, traffic);
    }
    return new ShapingPlan(before, traffic, after);
  }

  private static void stopDownload(ContainerNetwork now, List<String> traffic, List<String> after) {
    if (!now.ifb()) {
      return; // then an ingress filter is none of ours
    }
    if (now.ingress()) {
      traffic.add("qdisc del dev " + now.device() + " ingress");
    }
    after.add("link del " + IFB);
  }

  private static void startDownload(
      ContainerNetwork now,
      Shape shape,
      KernelSupport kernel,
      List<String> before,
      List<String> traffic) {
    if (!now.ifb()) {
      before.add("link add " + IFB + " type ifb");
    }
    before.add("link set " + IFB + " up");
    if (now.downloadRate() != 0) {
      traffic.add("qdisc del dev " + IFB + " root");
    }
    shape(IFB, shape, kernel, traffic);
    if (now.ingress()) { // perhaps without its filter
      traffic.add("qdisc del dev " + now.device() + " ingress");
    }
    traffic.addAll(redirect(now.device(), IFB, kernel.matchall()));
  }

  private static void shape(
      String device, Shape shape, KernelSupport kernel, List<String> traffic) {
    traffic.add(
        "qdisc replace dev %s root handle %s tbf rate %dbit burst %d limit %d"
            .formatted(device, HANDLE, shape.bits(), shape.burst(), shape.limit()));
    if (kernel.fqCodel()) {
      traffic.add(
          ("qdisc replace dev %s parent %s1 handle %s fq_codel limit %d flows %d quantum %d"
                  + " target %dus interval %dus memory_limit %d")
              .formatted(
                  device,
                  HANDLE,
                  CHILD_HANDLE,
                  shape.packets(),
                  Shape.FLOWS,
                  shape.quantum(),
                  shape.target(),
                  shape.interval(),
                  shape.memory()));
    }
  }

  /// Hands all that comes in on one device to another.
  static List<String> redirect(String from, String to, boolean matchall) {
    return List.of(
        "qdisc add dev " + from + " ingress",
        "filter add dev %s parent ffff: protocol all prio 1 %s action mirred egress redirect dev %s"
            .formatted(from, matchall ? "matchall" : "u32 match u32 0 0", to));
  }
}
