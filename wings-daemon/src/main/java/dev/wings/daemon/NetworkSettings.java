package dev.wings.daemon;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.container.ContainerEngine.NetworkState;

/// Puts what the engine said of the network into the configuration (`containers.md` 5.1 steps 4 to
/// 7).
final class NetworkSettings {
  private NetworkSettings() {}

  static void apply(ObjectNode document, NetworkState state) {
    ObjectNode network = (ObjectNode) document.at("/docker/network");
    network.put("interface", state.interfaceAddress()).put("ispn", state.ispn());
    ObjectNode v4 = (ObjectNode) network.at("/interfaces/v4");
    v4.put("subnet", state.v4Subnet()).put("gateway", state.v4Gateway());
    ObjectNode v6 = (ObjectNode) network.at("/interfaces/v6");
    v6.put("subnet", state.v6Subnet()).put("gateway", state.v6Gateway());
  }
}
