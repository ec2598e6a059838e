package dev.wings.docker.internal.bandwidth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wings.core.WingsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every formula of `containers.md` 16.5, calculated by hand on both sides of each bound.
class ShapeTest {
  @ParameterizedTest
  @CsvSource({
    // bits, mtu, burst, limit, memory, packets, quantum, target, interval
    "8, 1500, 65536, 65536, 4194304, 2770, 300, 5000000, 50000000",
    "8000000, 1500, 65536, 265536, 4194304, 2770, 300, 50000, 500000",
    "39999999, 1500, 65536, 1065535, 4194304, 2770, 300, 50000, 500000",
    "40000000, 1500, 65536, 1065536, 4194304, 2770, 1514, 50000, 500000",
    "104857600, 1500, 65536, 2686976, 4194304, 2770, 1514, 50000, 500000",
    "105000000, 1500, 65625, 2690625, 4194304, 2770, 1514, 50000, 500000",
    "400000000, 1500, 250000, 5000000, 5000000, 3302, 1514, 50000, 500000",
    "3000000000, 1500, 1875000, 33554432, 33554432, 10240, 1514, 50000, 500000",
    "10000000000, 1500, 4194304, 33554432, 33554432, 10240, 1514, 50000, 500000",
    "100000000000, 1500, 4194304, 33554432, 33554432, 10240, 1514, 50000, 500000",
    "100000, 1500, 65536, 68036, 4194304, 2770, 300, 181680, 1816800",
    "363360, 1500, 65536, 74620, 4194304, 2770, 300, 50000, 500000",
    "1000000, 65521, 131070, 156070, 4194304, 1024, 300, 786420, 7864200",
    "1000000000, 9000, 625000, 12500000, 12500000, 1386, 9014, 50000, 500000",
    "12345678, 576, 65536, 374177, 4194304, 7108, 300, 50000, 500000",
  })
  void followsTheFormulas(
      long bits,
      int mtu,
      long burst,
      long limit,
      long memory,
      long packets,
      long quantum,
      long target,
      long interval) {
    assertThat(Shape.of(bits, mtu))
        .isEqualTo(new Shape(bits, burst, limit, memory, packets, quantum, target, interval));
  }

  @Test
  void rootlessDownloadsMayWaitLonger() {
    assertThat(Shape.ofRootlessDownload(8_000_000, 1500))
        .isEqualTo(
            new Shape(8_000_000, 65_536, 265_536, 33_554_432, 10_240, 300, 1_000_000, 10_000_000));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 8, 100_000_000_000L})
  void acceptsRatesInRange(long bits) {
    assertThat(new BandwidthLimits(bits, bits).limited()).isEqualTo(bits != 0);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1, 7, 100_000_000_001L, Long.MAX_VALUE, Long.MIN_VALUE})
  void refusesRatesOutOfRange(long bits) {
    assertThatThrownBy(() -> new BandwidthLimits(bits, 0))
        .isInstanceOf(WingsException.class)
        .hasMessage(
            "bandwidth.upload: %d (expected: 0 or 8 to 100000000000 bits per second)"
                .formatted(bits));
    assertThatThrownBy(() -> new BandwidthLimits(0, bits))
        .isInstanceOf(WingsException.class)
        .hasMessageContaining("bandwidth.download");
  }
}
