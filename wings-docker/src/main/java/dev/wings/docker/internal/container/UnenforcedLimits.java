package dev.wings.docker.internal.container;

import dev.wings.core.definition.ServerSettings;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Remembers which servers ask for a firewall or a bandwidth limit, which nothing here enforces,
/// and says so once per server and kind of wish.
public final class UnenforcedLimits {
  private static final Logger log = LoggerFactory.getLogger(UnenforcedLimits.class);

  private final ConcurrentHashMap<UUID, Set<String>> wishes = new ConcurrentHashMap<>();

  public void note(ServerSettings settings) {
    Set<String> wanted = new TreeSet<>();
    if (!settings.firewall().isEmpty()) {
      wanted.add("firewall");
    }
    ServerSettings.Bandwidth bandwidth = settings.build().bandwidth();
    if (bandwidth != null && (bandwidth.upload() != 0 || bandwidth.download() != 0)) {
      wanted.add("bandwidth");
    }
    Set<String> before =
        wanted.isEmpty()
            ? wishes.remove(settings.uuid())
            : wishes.put(settings.uuid(), Set.copyOf(wanted));
    if (!wanted.isEmpty() && !wanted.equals(before)) {
      log.atWarn()
          .addKeyValue("server", settings.uuid())
          .addKeyValue("wanted", wanted)
          .log("the server's definition asks for limits that this node does not enforce");
    }
  }

  public Set<String> of(UUID server) {
    return wishes.getOrDefault(server, Set.of());
  }
}
