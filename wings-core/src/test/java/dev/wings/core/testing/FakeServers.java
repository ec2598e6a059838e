package dev.wings.core.testing;

import dev.wings.core.WingsException;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// A registry that a test fills. Creating adds a [FakeServer]; what was asked is kept.
public final class FakeServers implements Servers {
  /// The arguments of [Servers#create].
  public record Creation(UUID id, boolean startOnCompletion, boolean skipScripts) {}

  private final CopyOnWriteArrayList<Server> servers = new CopyOnWriteArrayList<>();
  private final ConcurrentHashMap<UUID, Server> byId = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<Creation> creations = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<UUID> deletions = new CopyOnWriteArrayList<>();

  public FakeServers(Server... initial) {
    List.of(initial).forEach(this::add);
  }

  public void add(Server server) {
    servers.add(server);
    byId.put(server.id(), server);
  }

  public List<Creation> creations() {
    return List.copyOf(creations);
  }

  public List<UUID> deletions() {
    return List.copyOf(deletions);
  }

  @Override
  public List<Server> all() {
    return List.copyOf(servers);
  }

  @Override
  public Optional<Server> find(UUID id) {
    return Optional.ofNullable(byId.get(id));
  }

  @Override
  public void create(UUID id, boolean startOnCompletion, boolean skipScripts) {
    if (find(id).isPresent()) {
      throw WingsException.conflict("server with this uuid already exists");
    }
    creations.add(new Creation(id, startOnCompletion, skipScripts));
    add(FakeServer.named(id, "created"));
  }

  @Override
  public void delete(UUID id) {
    if (!servers.removeIf(server -> server.id().equals(id))) {
      throw WingsException.notFound("server not found");
    }
    byId.remove(id);
    deletions.add(id);
  }
}
