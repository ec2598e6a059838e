package dev.wings.fs.pull;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LimitsConfig;
import dev.wings.core.operation.Operation;
import dev.wings.core.operation.Operations;
import dev.wings.core.server.Server;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/// Counts pulls that have not become operations yet together with those that have, so that no
/// server has more connections than it may have pulls (`http-api.md` 4.5).
final class PullAdmission {
  private final Supplier<LimitsConfig> limits;
  private final Map<UUID, Integer> preparing = new HashMap<>(); // guarded by itself

  PullAdmission(Supplier<LimitsConfig> limits) {
    this.limits = limits;
  }

  /// Takes one of the server's places.
  ///
  /// @throws WingsException kind `LIMIT` when there is none
  Place enter(Server server) {
    LimitsConfig allowed = limits.get();
    synchronized (preparing) {
      long running = server.operations().list().size();
      long pulls =
          server.operations().list().stream()
              .filter(status -> status.operation() instanceof Operation.Pull)
              .count();
      int begun = preparing.getOrDefault(server.id(), 0);
      if (reached(pulls + begun, allowed.serverConcurrentPulls())) {
        throw new WingsException(ErrorKind.LIMIT, "too many concurrent pulls");
      }
      if (reached(running + begun, allowed.serverConcurrentOperations())) {
        throw new WingsException(ErrorKind.LIMIT, "too many concurrent operations");
      }
      preparing.merge(server.id(), 1, Integer::sum);
    }
    return new Place(server);
  }

  private static boolean reached(long count, int limit) {
    return limit > 0 && count >= limit;
  }

  /// One pull that is being prepared, until it is closed or has become an operation.
  final class Place implements AutoCloseable {
    private final Server server;
    private boolean left; // guarded by preparing

    private Place(Server server) {
      this.server = server;
    }

    /// Turns the place into an operation.
    <T> Operations.Running<T> start(Operation.Pull pull, Operations.Task<T> task) {
      synchronized (preparing) {
        leave();
        return server.operations().start(pull, task);
      }
    }

    @Override
    public void close() {
      synchronized (preparing) {
        leave();
      }
    }

    private void leave() {
      if (!left) {
        left = true;
        preparing.computeIfPresent(server.id(), (_, count) -> count == 1 ? null : count - 1);
      }
    }
  }
}
