package dev.wings.core.server;

import dev.wings.core.store.ServerStore;
import dev.wings.core.volume.FileWork;
import java.util.concurrent.Semaphore;

/// What the servers of one node share.
///
/// @param startTurns permits of starts that many servers want at the same moment
/// @param searchTurns permits of container searches after boot
record NodeServices(
    ServerEnvironment environment,
    ServerStore store,
    Timers timers,
    FileWork files,
    ExitWatch exits,
    Semaphore startTurns,
    Semaphore searchTurns) {}
