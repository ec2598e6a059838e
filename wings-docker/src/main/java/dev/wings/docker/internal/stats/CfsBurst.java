package dev.wings.docker.internal.stats;

import dev.wings.core.config.DockerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the CFS burst of a container (`containers.md` 16.3). The kernel refuses a burst above the
/// quota, so it is cleared before a quota is lowered and set again after.
public final class CfsBurst {
  private static final Logger log = LoggerFactory.getLogger(CfsBurst.class);

  private final ControlGroup groups;
  private final AtomicBoolean warned = new AtomicBoolean();

  public CfsBurst(ControlGroup groups) {
    this.groups = groups;
  }

  /// Sets the burst from the quota in force.
  public void apply(long pid, DockerConfig.CfsBurst config) {
    if (config.enabled()) {
      write(pid, Math.clamp(config.multiple(), 0.0, 1.0));
    }
  }

  /// Sets the burst to 0.
  public void clear(long pid, DockerConfig.CfsBurst config) {
    if (config.enabled()) {
      write(pid, 0);
    }
  }

  private void write(long pid, double multiple) {
    if (pid <= 0) {
      return;
    }
    try {
      try {
        attempt(pid, multiple);
      } catch (NoSuchFileException e) {
        attempt(pid, multiple); // the group may just have been moved
      }
    } catch (IOException e) {
      if (warned.compareAndSet(false, true)) {
        log.atWarn().setCause(e).log("CFS burst cannot be set on this host");
      }
    }
  }

  private void attempt(long pid, double multiple) throws IOException {
    Optional<Path> unified = groups.unifiedDirectory(pid);
    Optional<Path> directory = unified.isPresent() ? unified : groups.legacyDirectory(pid, "cpu");
    if (directory.isEmpty()) {
      return; // gone, or not visible from here
    }
    Path burst =
        directory.get().resolve(unified.isPresent() ? "cpu.max.burst" : "cpu.cfs_burst_us");
    long quota = 0;
    if (multiple > 0) {
      Path file = directory.get().resolve(unified.isPresent() ? "cpu.max" : "cpu.cfs_quota_us");
      String text = Files.readString(file).strip().split(" ", 2)[0];
      quota = text.equals("max") ? 0 : Math.max(0, Long.parseLong(text));
    }
    Files.writeString(
        burst, Long.toString((long) Math.floor(quota * multiple)), StandardOpenOption.WRITE);
  }
}
