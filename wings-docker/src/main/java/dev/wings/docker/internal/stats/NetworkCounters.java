package dev.wings.docker.internal.stats;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.util.List;

/// Cumulative traffic of a container.
public record NetworkCounters(long rxBytes, long rxPackets, long txBytes, long txPackets) {
  static final NetworkCounters ZERO = new NetworkCounters(0, 0, 0, 0);

  /// The IFB device that shapes downloads; its packets are seen on the real interface as well.
  static final String SHAPER = "wings-dl";

  private static final Splitter COLUMNS = Splitter.on(CharMatcher.whitespace()).omitEmptyStrings();

  /// Sums the interfaces of `/proc/<pid>/net/dev`, without loopback and the shaper.
  static NetworkCounters parse(String netDev) {
    NetworkCounters sum = ZERO;
    for (String line : Splitter.on('\n').split(netDev)) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        continue; // the two title lines
      }
      String name = line.substring(0, colon).strip();
      List<String> columns = COLUMNS.splitToList(line.substring(colon + 1));
      if (name.equals("lo") || name.equals(SHAPER) || columns.size() < 10) {
        continue;
      }
      sum =
          sum.plus(
              Long.parseLong(columns.get(0)),
              Long.parseLong(columns.get(1)),
              Long.parseLong(columns.get(8)),
              Long.parseLong(columns.get(9)));
    }
    return sum;
  }

  NetworkCounters plus(long moreRxBytes, long moreRxPackets, long moreTxBytes, long moreTxPackets) {
    return new NetworkCounters(
        rxBytes + moreRxBytes,
        rxPackets + moreRxPackets,
        txBytes + moreTxBytes,
        txPackets + moreTxPackets);
  }
}
