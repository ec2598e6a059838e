package dev.wings.daemon.ws;

import dev.wings.core.config.SystemConfig;
import dev.wings.core.config.WingsConfig;

/// What the configuration says about console sockets (`websocket.md` 7). The Panel can change all
/// of it, so it is read on every use.
///
/// @param maxMessageBytes longest message, all fragments together
/// @param maxFrameBytes longest frame
/// @param authenticationTimeoutSeconds 0 is no timeout
/// @param maxStrangersPerAddress connections of one address that have not authenticated; 0 is
///   unlimited
/// @param maxConnections connections of the node; 0 is unlimited
/// @param logLines lines that `send logs` answers with
/// @param offlineLogs whether it answers when the server is offline
record SocketSettings(
    int maxMessageBytes,
    int maxFrameBytes,
    long authenticationTimeoutSeconds,
    int maxStrangersPerAddress,
    int maxConnections,
    int logLines,
    boolean offlineLogs) {
  static SocketSettings of(WingsConfig config) {
    SystemConfig.Websocket websocket = config.system().websocket();
    return new SocketSettings(
        websocket.maxMessageSize(),
        websocket.maxFrameSize(),
        websocket.authenticationTimeout(),
        websocket.unauthenticatedConnectionsPerIp(),
        websocket.maxConnectionsTotal(),
        config.system().websocketLogCount(),
        config.api().sendOfflineServerLogs());
  }
}
