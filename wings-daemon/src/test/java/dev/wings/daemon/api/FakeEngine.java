package dev.wings.daemon.api;

import dev.wings.core.container.ContainerEngine;
import dev.wings.core.container.ContainerHandle;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.container.ContainerListener;
import dev.wings.core.container.ContainerRequest;
import dev.wings.core.container.EngineInfo;
import dev.wings.core.container.PullListener;
import dev.wings.core.container.UsedPort;
import dev.wings.core.definition.ServerSettings;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// An engine that only knows ports and addresses, as much as the routes ask of it.
public final class FakeEngine implements ContainerEngine {
  private final CopyOnWriteArrayList<UsedPort> ports = new CopyOnWriteArrayList<>();
  private volatile @Nullable String address;
  private volatile @Nullable RuntimeException failure;
  private volatile Optional<String> bandwidthObstacle = Optional.of("not examined yet");

  public void publish(UsedPort port) {
    ports.add(port);
  }

  /// Address of every server's container; null when none runs.
  public void willResolve(@Nullable String newAddress) {
    address = newAddress;
  }

  public void willFail(@Nullable RuntimeException newFailure) {
    failure = newFailure;
  }

  @Override
  public List<UsedPort> usedPorts() {
    failIfAsked();
    return List.copyOf(ports);
  }

  @Override
  public Optional<String> containerAddress(UUID server) {
    failIfAsked();
    return Optional.ofNullable(address);
  }

  public void willShape() {
    bandwidthObstacle = Optional.empty();
  }

  @Override
  public Optional<String> bandwidthObstacle() {
    return bandwidthObstacle;
  }

  @Override
  public EngineInfo info() {
    throw unexpected();
  }

  @Override
  public NetworkState ensureNetwork() {
    throw unexpected();
  }

  @Override
  public void ensureImage(String image, PullListener listener) {
    throw unexpected();
  }

  @Override
  public ContainerHandle create(ContainerRequest request, ContainerListener listener) {
    throw unexpected();
  }

  @Override
  public Optional<ContainerHandle> adopt(
      ServerSettings settings, ContainerKind kind, ContainerListener listener) {
    throw unexpected();
  }

  @Override
  public void removeAll(UUID server) {
    throw unexpected();
  }

  @Override
  public InputStream logs(UUID server, OptionalInt tail) {
    throw unexpected();
  }

  @Override
  public void close() {
    // nothing is held
  }

  private void failIfAsked() {
    RuntimeException refused = failure;
    if (refused != null) {
      throw refused;
    }
  }

  private static AssertionError unexpected() {
    return new AssertionError("no route asks this of the engine");
  }
}
