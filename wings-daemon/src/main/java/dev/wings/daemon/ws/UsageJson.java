package dev.wings.daemon.ws;

import dev.wings.core.usage.ResourceUsage;
import java.math.BigDecimal;
import java.math.RoundingMode;

/// Resource usage as the JSON text inside `stats` (`websocket.md` 4.6).
final class UsageJson {
  private UsageJson() {}

  static String of(ResourceUsage usage) {
    return "{\"memory_bytes\":"
        + usage.memoryBytes()
        + ",\"memory_limit_bytes\":"
        + usage.memoryLimitBytes()
        + ",\"disk_bytes\":"
        + usage.diskBytes()
        + ",\"state\":\""
        + usage.state().wireName()
        + "\",\"network\":{\"rx_bytes\":"
        + usage.rxBytes()
        + ",\"rx_packets\":"
        + usage.rxPackets()
        + ",\"tx_bytes\":"
        + usage.txBytes()
        + ",\"tx_packets\":"
        + usage.txPackets()
        + "},\"cpu_absolute\":"
        + percent(usage.cpuAbsolute())
        + ",\"cpu_limit_absolute\":"
        + usage.cpuLimitAbsolute()
        + ",\"uptime\":"
        + usage.uptimeMillis()
        + "}";
  }

  /// Three decimals at most and one at least, never an exponent.
  private static String percent(double value) {
    if (!Double.isFinite(value)) {
      return "0.0";
    }
    BigDecimal rounded =
        BigDecimal.valueOf(value).setScale(3, RoundingMode.HALF_UP).stripTrailingZeros();
    return (rounded.scale() < 1 ? rounded.setScale(1) : rounded).toPlainString();
  }
}
