package dev.wings.fs.limiter;

import dev.wings.core.config.SystemConfig.DiskLimiterMode;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;

/// Plain directories (`filesystem.md` 9.1): the game is not bounded, scans tell what it uses.
final class PlainLimiter implements DiskLimiter {
  @Override
  public DiskLimiterMode mode() {
    return DiskLimiterMode.NONE;
  }

  @Override
  public boolean enforces() {
    return false;
  }

  @Override
  public void check() {}

  @Override
  public void setup(ServerDirectory directory, Runnable alive) throws IOException {
    DataDirectory.make(directory);
  }

  @Override
  public boolean holds(ServerDirectory directory) throws IOException {
    return DataDirectory.status(directory).isPresent();
  }

  @Override
  public void limit(ServerDirectory directory, long bytes) {}

  @Override
  public Map<UUID, Long> usage(Collection<ServerDirectory> directories) {
    return Map.of();
  }

  @Override
  public void destroy(ServerDirectory directory, Runnable alive) {}
}
