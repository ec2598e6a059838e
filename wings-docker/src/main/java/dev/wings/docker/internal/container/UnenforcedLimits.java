package dev.wings.docker.internal.container;

import dev.wings.core.WingsException;
import dev.wings.core.config.DockerConfig;
import dev.wings.core.config.DockerConfig.FirewallBackend;
import dev.wings.core.definition.ServerSettings;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a server's definition asks for and nothing enforces: firewall rules, which this module
/// cannot, and bandwidth limits where the operator has switched them off (`containers.md` 16.5 and
/// 16.6). A server that counts on firewall rules does not start unless they are switched off, too.
/// What it starts without is logged once per server and wish.
public final class UnenforcedLimits {
  private static final Logger log = LoggerFactory.getLogger(UnenforcedLimits.class);

  private final ConcurrentHashMap<UUID, Set<String>> wishes = new ConcurrentHashMap<>();

  /// Before a container is created.
  ///
  /// @throws WingsException kind IMPOSSIBLE naming the configuration key that lets it start without
  public void check(ServerSettings settings, DockerConfig docker) {
    Set<String> wanted = new TreeSet<>();
    if (!settings.firewall().isEmpty()) {
      wanted.add("firewall");
      if (docker.firewall().backend() != FirewallBackend.DISABLED) {
        throw WingsException.impossible(
            "the server has firewall rules, which this node cannot enforce; with"
                + " docker.firewall.backend: disabled it starts without them");
      }
    }
    ServerSettings.Bandwidth bandwidth = settings.build().bandwidth();
    if (!docker.bandwidth().enabled()
        && bandwidth != null
        && (bandwidth.upload() != 0 || bandwidth.download() != 0)) {
      wanted.add("bandwidth");
    }
    note(settings.uuid(), wanted);
  }

  private void note(UUID server, Set<String> wanted) {
    Set<String> before =
        wanted.isEmpty() ? wishes.remove(server) : wishes.put(server, Set.copyOf(wanted));
    if (!wanted.isEmpty() && !wanted.equals(before)) {
      log.atWarn()
          .addKeyValue("server", server)
          .addKeyValue("wanted", wanted)
          .log("the server's definition asks for limits that this node does not enforce");
    }
  }

  /// What the server's newest container was asked to have and does not.
  public Set<String> of(UUID server) {
    return wishes.getOrDefault(server, Set.of());
  }
}
