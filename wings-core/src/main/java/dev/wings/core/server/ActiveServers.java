package dev.wings.core.server;

import dev.wings.core.config.SystemConfig;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The servers that are not offline, looked at once a second. While there are none, no timer runs:
/// an idle node sleeps.
final class ActiveServers {
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final long NEVER_SECONDS = Duration.ofDays(365).toSeconds();

  private final NodeServices node;
  private final Set<ManagedServer> servers = ConcurrentHashMap.newKeySet();
  private Timers.@Nullable Timer ticking; // guarded by this

  ActiveServers(NodeServices node) {
    this.node = node;
  }

  /// A server left the state "offline" or went back to it.
  synchronized void changed(ManagedServer server, boolean active) {
    if (active && servers.add(server)) {
      node.exits().began();
      if (ticking == null) {
        ticking = node.timers().every(TICK, this::tick);
      }
    } else if (!active && servers.remove(server)) {
      node.exits().ended();
      if (servers.isEmpty() && ticking != null) {
        ticking.cancel();
        ticking = null;
      }
    }
  }

  private void tick() {
    SystemConfig system = node.environment().config().current().system();
    node.files().scanThreads(system.diskCheckConcurrency());
    long seconds = system.diskCheckInterval();
    Duration interval = Duration.ofSeconds(seconds > 0 ? seconds : NEVER_SECONDS);
    int fullEvery = Math.max(1, system.fullDiskCheckEvery());
    servers.forEach(server -> server.tick(interval, fullEvery));
  }
}
