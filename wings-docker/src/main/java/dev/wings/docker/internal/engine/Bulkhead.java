package dev.wings.docker.internal.engine;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Limits how many engine calls of one server may wait at the same time (`threats.md` DK-03). Calls
/// use no shared resource, so a hung container never delays another one; this keeps the hung one
/// from piling up connections without bound. Killing and removing are never held back.
public final class Bulkhead {
  private static final int MAX_WAITING = 16;

  private final ConcurrentHashMap<UUID, Integer> waiting = new ConcurrentHashMap<>();

  /// Runs `call` unless too many calls of the server already wait.
  ///
  /// @throws WingsException of kind `UPSTREAM` when they do
  public <T> T run(UUID server, Supplier<T> call) {
    int now = waiting.merge(server, 1, Integer::sum);
    try {
      if (now > MAX_WAITING) {
        throw new WingsException(
            ErrorKind.UPSTREAM,
            "the container engine does not answer: " + MAX_WAITING + " calls of this server wait");
      }
      return call.get();
    } finally {
      waiting.computeIfPresent(server, (_, count) -> count == 1 ? null : count - 1);
    }
  }
}
