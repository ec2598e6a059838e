package dev.wings.docker.internal.bandwidth;

import dev.wings.core.WingsException;
import dev.wings.core.definition.ServerSettings;
import org.jspecify.annotations.Nullable;

/// Limits of one container, seen from it.
///
/// @param upload bits per second, 0 is unlimited
/// @param download likewise
public record BandwidthLimits(long upload, long download) {
  public static final BandwidthLimits NONE = new BandwidthLimits(0, 0);

  private static final long LOWEST = 8;
  private static final long HIGHEST = 100_000_000_000L;

  /// @throws WingsException of kind `INVALID` for values that are neither 0 nor in the range
  public BandwidthLimits {
    check("upload", upload);
    check("download", download);
  }

  /// @param wanted null when the Panel did not send any
  /// @throws WingsException as the constructor
  public static BandwidthLimits of(ServerSettings.@Nullable Bandwidth wanted) {
    return wanted == null ? NONE : new BandwidthLimits(wanted.upload(), wanted.download());
  }

  public boolean limited() {
    return upload != 0 || download != 0;
  }

  private static void check(String name, long bits) {
    if (bits != 0 && (bits < LOWEST || bits > HIGHEST)) {
      throw WingsException.invalid(
          "bandwidth.%s: %d (expected: 0 or %d to %d bits per second)"
              .formatted(name, bits, LOWEST, HIGHEST));
    }
  }
}
