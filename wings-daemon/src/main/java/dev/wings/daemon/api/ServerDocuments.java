package dev.wings.daemon.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.definition.DefinitionWriter;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.power.ServerState;
import dev.wings.core.server.Server;
import dev.wings.core.server.ServerLock;
import dev.wings.core.usage.ResourceUsage;
import dev.wings.daemon.http.PreparedDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The documents that describe servers (`http-api.md` A.1, A.2). A server's document is encoded
/// again only when something in it changed, and the list only when one of its elements did: a
/// definition is large, and the Panel asks often. What is compared is exactly what is written, so
/// an answer is never out of date. Safe for use by many threads.
final class ServerDocuments {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /// A document and everything that went into it.
  private record Known(
      ServerDefinition definition,
      ServerState state,
      boolean suspended,
      ResourceUsage usage,
      PreparedDocument document) {
    boolean matches(
        ServerDefinition nowDefinition,
        ServerState nowState,
        boolean nowSuspended,
        ResourceUsage nowUsage) {
      return definition == nowDefinition
          && state == nowState
          && suspended == nowSuspended
          && (usage == nowUsage || usage.equals(nowUsage));
    }
  }

  private record KnownList(List<PreparedDocument> elements, PreparedDocument document) {
    boolean consistsOf(List<PreparedDocument> now) {
      if (now.size() != elements.size()) {
        return false;
      }
      for (int i = 0; i < now.size(); i++) {
        if (now.get(i) != elements.get(i)) {
          return false;
        }
      }
      return true;
    }
  }

  private final ConcurrentHashMap<UUID, Known> servers = new ConcurrentHashMap<>();
  private volatile @Nullable KnownList list;

  PreparedDocument one(Server server) {
    ServerDefinition definition = server.definition();
    ServerState state = server.state();
    boolean suspended =
        definition.settings().suspended()
            || server.lock().filter(lock -> lock == ServerLock.SUSPENDED).isPresent();
    ResourceUsage usage = server.usage();
    Known known = servers.get(server.id());
    if (known != null && known.matches(definition, state, suspended, usage)) {
      return known.document;
    }
    ObjectNode document = NODES.objectNode();
    document.put("state", state.wireName());
    document.put("is_suspended", suspended);
    document.set("utilization", utilization(usage));
    document.set("configuration", DefinitionWriter.settings(definition.settings()));
    PreparedDocument prepared = PreparedDocument.of(document);
    servers.put(server.id(), new Known(definition, state, suspended, usage, prepared));
    return prepared;
  }

  PreparedDocument all(List<Server> all) {
    List<PreparedDocument> elements = new ArrayList<>(all.size());
    for (Server server : all) {
      elements.add(one(server));
    }
    KnownList known = list;
    if (known != null && known.consistsOf(elements)) {
      return known.document;
    }
    forgetDeleted(all);
    KnownList built = new KnownList(elements, PreparedDocument.arrayOf(elements));
    list = built;
    return built.document;
  }

  private void forgetDeleted(List<Server> all) {
    if (servers.size() > all.size()) {
      List<UUID> present = all.stream().map(Server::id).toList();
      servers.keySet().retainAll(java.util.Set.copyOf(present));
    }
  }

  static ObjectNode utilization(ResourceUsage usage) {
    ObjectNode node = NODES.objectNode();
    node.put("memory_bytes", usage.memoryBytes());
    node.put("memory_limit_bytes", usage.memoryLimitBytes());
    node.put("disk_bytes", usage.diskBytes());
    node.put("state", usage.state().wireName());
    node.putObject("network")
        .put("rx_bytes", usage.rxBytes())
        .put("rx_packets", usage.rxPackets())
        .put("tx_bytes", usage.txBytes())
        .put("tx_packets", usage.txPackets());
    node.put("cpu_absolute", usage.cpuAbsolute());
    node.put("cpu_limit_absolute", usage.cpuLimitAbsolute());
    node.put("uptime", usage.uptimeMillis());
    return node;
  }

  /// The bare map of all servers (`http-api.md` 7.4).
  static ObjectNode utilizations(List<Server> all) {
    ObjectNode map = NODES.objectNode();
    for (Server server : all) {
      map.set(server.id().toString(), utilization(server.usage()));
    }
    return map;
  }
}
