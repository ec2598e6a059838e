package dev.wings.daemon.ws;

import dev.wings.core.token.DenyList;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenVerifier;
import java.util.concurrent.Executors;

/// Makes the sockets that the benchmarks measure, without a whole configuration.
public final class BenchSockets {
  private BenchSockets() {}

  public static ConsoleSockets create(TokenVerifier verifier, TokenClock clock, DenyList denyList) {
    return new ConsoleSockets(
        verifier,
        clock,
        denyList,
        () -> new SocketSettings(1 << 20, 1 << 20, 60, 0, 0, 150, false),
        Executors.newVirtualThreadPerTaskExecutor(),
        System::nanoTime);
  }
}
