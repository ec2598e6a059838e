package dev.wings.daemon.http;

/// Takes over a connection that asked for a websocket, after the route's credential was checked.
@FunctionalInterface
public interface UpgradeHandler {
  /// Either accepts with [UpgradeRequest#accept] or refuses by throwing: a
  /// [dev.wings.core.WingsException] or an [ApiException] becomes an ordinary error answer and the
  /// connection goes on as HTTP. Runs on a virtual thread, so it may wait.
  void upgrade(UpgradeRequest request);
}
