package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.container.ContainerKind;
import dev.wings.core.json.Json;
import dev.wings.docker.internal.engine.EngineException;
import dev.wings.docker.internal.engine.EngineException.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RunningContainersTest {
  private static final UUID SERVER = new UUID(1, 2);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger listings = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);
  private final BlockingQueue<String> answers = new ArrayBlockingQueue<>(100);
  private final RunningContainers running = new RunningContainers(this::list);

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  /// Answers with the next of [#answers], as soon as there is one.
  private JsonNode list() {
    listings.incrementAndGet();
    begun.release();
    try {
      return Json.mapper().readTree(answers.take());
    } catch (JsonProcessingException e) {
      throw new EngineException(Failure.MALFORMED, 0, "no JSON", e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String entry(String id, String name, String label, long created) {
    return """
    {"Id": "%s", "Names": ["/%s"], "Labels": {"ContainerType": "%s"}, "Created": %d}\
    """
        .formatted(id, name, label, created);
  }

  @Test
  void findsTheYoungestContainerOfServerAndKind() {
    answers.add(
        "["
            + String.join(
                ",",
                entry("old", SERVER.toString(), "server_process", 5),
                entry("young", "name." + SERVER, "server_process", 7),
                entry("installer", SERVER + "_installer", "server_installer", 9),
                entry("other", new UUID(1, 3).toString(), "server_process", 9),
                "{\"Id\": \"foreign\", \"Names\": null, \"Labels\": null}")
            + "]");

    assertThat(running.find(SERVER, ContainerKind.SERVER)).contains("young");
  }

  @Test
  void thoseWhoAskWhileAListingIsUnderWayShareTheNextOne() throws Exception {
    Future<Optional<String>> first =
        threads.submit(() -> running.find(SERVER, ContainerKind.SERVER));
    begun.acquire(); // its listing is under way and does not know what starts from now on
    List<CompletableFuture<Optional<String>>> later = new ArrayList<>();
    List<Thread> asking = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
      later.add(answer);
      asking.add(
          Thread.ofVirtual()
              .start(() -> answer.complete(running.find(SERVER, ContainerKind.SERVER))));
    }
    await().until(() -> asking.stream().allMatch(t -> t.getState() == Thread.State.WAITING));

    answers.add("[]");
    answers.add("[" + entry("new", SERVER.toString(), "server_process", 1) + "]");

    assertThat(first.get(10, TimeUnit.SECONDS)).isEmpty();
    for (CompletableFuture<Optional<String>> one : later) {
      assertThat(one.get(10, TimeUnit.SECONDS)).contains("new");
    }
    assertThat(listings).hasValue(2);
  }

  @Test
  void aFailedListingFailsItsQuestionsAndNoOther() {
    answers.add("nonsense");
    answers.add("[]");

    assertThatThrownBy(() -> running.find(SERVER, ContainerKind.SERVER))
        .isInstanceOf(EngineException.class);
    assertThat(running.find(SERVER, ContainerKind.SERVER)).isEmpty();
  }

  @Test
  void anInterruptedQuestionEndsAtOnce() throws Exception {
    Future<Failure> asked =
        threads.submit(() -> {
          Thread.currentThread().interrupt();
          try {
            running.find(SERVER, ContainerKind.SERVER);
            return null;
          } catch (EngineException e) {
            return e.failure();
          }
        });

    assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo(Failure.INTERRUPTED);
    answers.add("[]");
  }
}
