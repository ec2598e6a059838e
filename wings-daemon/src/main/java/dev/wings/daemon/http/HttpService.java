package dev.wings.daemon.http;

import dev.wings.core.server.Server;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// What all connections of one server share.
///
/// @param servers finds a server in memory; called on event loops
/// @param requestThreads starts the virtual thread of a request
/// @param nanoTime monotonic clock of all deadlines
record HttpService(
    RouteTable routes,
    LiveSettings settings,
    Function<UUID, Optional<Server>> servers,
    HttpLimits limits,
    ResponseHead head,
    RequestLog requestLog,
    AuthenticationFailures failures,
    BodyBudget bodies,
    ThreadFactory requestThreads,
    LongSupplier nanoTime) {}
