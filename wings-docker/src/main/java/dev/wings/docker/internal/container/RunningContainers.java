package dev.wings.docker.internal.container;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.container.ContainerKind;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The servers' running (or paused) containers, listed once for all who ask at about the same time:
/// a daemon that starts asks for each of its servers. An answer is never older than its question.
///
/// This and the look at the network are all that an idle daemon asks of its engine, so they are
/// read without docker-java's models, which would be a good part of its start and its memory.
final class RunningContainers {
  private final Supplier<JsonNode> listing;

  /// The round that has not begun yet and that new questions join; null when nobody waits for one.
  private @Nullable CompletableFuture<List<Running>> next;

  private boolean listed;

  /// @param listing the engine's answer, or its [EngineException]
  RunningContainers(Supplier<JsonNode> listing) {
    this.listing = listing;
  }

  private record Running(String id, UUID server, String label, long created) {}

  /// The id of the server's youngest running container of the kind.
  ///
  /// @throws EngineException as the listing failed, or when the calling thread is interrupted
  Optional<String> find(UUID server, ContainerKind kind) {
    return list().stream()
        .filter(c -> c.server().equals(server) && c.label().equals(kind.label()))
        .max(Comparator.comparingLong(Running::created))
        .map(Running::id);
  }

  private List<Running> list() {
    try {
      return join().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(Failure.INTERRUPTED, 0, "the search was cancelled", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof EngineException refused) {
        throw refused;
      }
      throw new IllegalStateException("listing: threw (expected: EngineException)", e);
    }
  }

  private synchronized CompletableFuture<List<Running>> join() {
    CompletableFuture<List<Running>> round = next;
    if (round == null) {
      round = new CompletableFuture<>();
      next = round;
    }
    if (!listed) {
      begin();
    }
    return round;
  }

  private synchronized void begin() {
    CompletableFuture<List<Running>> round = next;
    next = null;
    listed = round != null;
    if (round != null) {
      Thread.ofVirtual().name("wings-container-list").start(() -> run(round));
    }
  }

  private void run(CompletableFuture<List<Running>> round) {
    try {
      round.complete(read(listing.get()));
    } catch (RuntimeException | Error failure) {
      round.completeExceptionally(failure);
    } finally {
      begin();
    }
  }

  private static List<Running> read(JsonNode list) {
    List<Running> running = new ArrayList<>();
    for (JsonNode container : list) {
      String label = container.path("Labels").path("ContainerType").asText("");
      for (JsonNode name : container.path("Names")) {
        ContainerNames.owner(name.asText(""), label)
            .ifPresent(server ->
                running.add(
                    new Running(
                        container.path("Id").asText(""),
                        server,
                        label,
                        container.path("Created").asLong())));
      }
    }
    return running;
  }
}
