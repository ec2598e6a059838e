package dev.wings.docker.internal.container;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notices that LXCFS has died under a running container, whose `/proc` then cannot be read any
/// more (`containers.md` 10.5). Says so once per container. Used by one thread.
final class LxcfsWatch {
  private static final Logger log = LoggerFactory.getLogger(LxcfsWatch.class);

  private final String container;
  private final HostFacts host;
  private final BooleanSupplier enabled;
  private boolean said;

  /// @param enabled whether containers get files of LXCFS
  LxcfsWatch(String container, HostFacts host, BooleanSupplier enabled) {
    this.container = container;
    this.host = host;
    this.enabled = enabled;
  }

  /// @param pid of the container's first process
  /// @return what to tell at the console, the first time that it is dead
  Optional<String> look(long pid) {
    if (said || !enabled.getAsBoolean() || !host.lxcfsDied(pid)) {
      return Optional.empty();
    }
    said = true;
    log.atWarn()
        .addKeyValue("container", container)
        .log("LXCFS has died, the container cannot read its files in /proc until it is restarted");
    return Optional.of(
        "LXCFS has died on this node. Restart the server, it cannot read its memory and processor"
            + " figures any more.");
  }
}
