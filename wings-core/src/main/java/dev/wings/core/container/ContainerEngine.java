package dev.wings.core.container;

import dev.wings.core.definition.ServerSettings;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A container engine. All methods block (call them from virtual threads) and throw
/// [dev.wings.core.WingsException] of kind `UPSTREAM` when the engine cannot do it. Safe for use by
/// many threads; a stuck call for one server never delays another.
public interface ContainerEngine extends AutoCloseable {
  /// Asks the engine for its versions.
  EngineInfo info();

  /// Makes sure the daemon's network exists (`containers.md` 5.1) and returns what the node
  /// configuration must now say about it.
  NetworkState ensureNetwork();

  /// Result of [#ensureNetwork]: values of `docker.network.*` that changed and have to be saved.
  ///
  /// @param interfaceAddress `docker.network.interface`
  /// @param ispn `docker.network.ispn`
  record NetworkState(
      String interfaceAddress,
      boolean ispn,
      String v4Subnet,
      String v4Gateway,
      String v6Subnet,
      String v6Gateway) {}

  /// Applies the pull policy of `containers.md` 6.2. Returns when the image can be used.
  /// Interrupting the thread cancels the wait and throws kind `IMPOSSIBLE`.
  void ensureImage(String image, PullListener listener);

  /// Creates the container and attaches to it, before anything runs. A stale container of the same
  /// name is removed first.
  ContainerHandle create(ContainerRequest request, ContainerListener listener);

  /// Looks for a running container of the given kind and attaches to it. Found by label and exact
  /// id, never by name pattern alone. Output before the call is not replayed; use
  /// [ContainerHandle#logs].
  Optional<ContainerHandle> adopt(
      ServerSettings settings, ContainerKind kind, ContainerListener listener);

  /// Removes every container of the server, running or not; success when there is none.
  void removeAll(UUID server);

  /// Reads the stored log of an existing (possibly stopped) server container; empty when there is
  /// none.
  java.io.InputStream logs(UUID server, java.util.OptionalInt tail);

  /// Published ports of all running containers.
  List<UsedPort> usedPorts();

  /// Address of the server's container on the daemon's network, for tunnels (`containers.md` 24).
  Optional<String> containerAddress(UUID server);

  /// Why bandwidth limits of servers cannot be enforced; empty when they can (`containers.md`
  /// 16.5). Answers at once with what is known so far.
  Optional<String> bandwidthObstacle();

  @Override
  void close();
}
