package dev.wings.core.container;

import java.util.Optional;
import java.util.UUID;

/// A published port on the node.
///
/// @param ip address it is bound to, `0.0.0.0` or `::` for all
/// @param server the server it belongs to, empty when something else listens
public record UsedPort(String ip, int port, Optional<UUID> server) {}
