package dev.wings.core.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.container.ExitStatus;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeContainerEngine.Container;
import dev.wings.core.testing.FakeContainerEngine.Step;
import dev.wings.core.testing.Proves;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Many threads ask for many things while the engine is slow at random places: real threads, real
/// queues, the same promises as in the model.
@Timeout(60)
class PowerStormTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  @Proves({"RB-01", "RB-02"})
  void everyRequestHasAnOutcomeAndTheLastKillWins(int round) {
    long seed = Long.getLong("wings.seed", System.nanoTime());
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed + round);
    try (Node node =
        new Node(directory, java.util.Map.of("system.checkPermissionsOnBoot", false))) {
      Server server = node.server();
      List<CompletableFuture<Void>> requests = new ArrayList<>();
      Step[] steps = {Step.PULL, Step.CREATE, Step.START, Step.KILL, Step.REMOVE_ALL, Step.WRITE};

      for (int i = 0; i < 400; i++) {
        Step step = steps[random.nextInt(steps.length)];
        switch (random.nextInt(8)) {
          case 0 -> node.engine.gates().close(step);
          case 1 -> node.engine.gates().open(step);
          case 2 -> node.engine.container(server.id()).ifPresent(PowerStormTest::crash);
          case 3 -> node.engine.container(server.id()).ifPresent(c -> c.print("Done"));
          default ->
              requests.add(
                  server.power(
                      PowerRequest.unchecked(
                          PowerAction.values()[random.nextInt(4)], Duration.ZERO)));
        }
        if (random.nextInt(4) == 0) {
          ((ManagedServer) server).quiesce();
        }
      }
      for (Step step : steps) {
        node.engine.gates().open(step);
      }
      // A restart may still be under way; a stop ends it, a kill ends everything else.
      requests.add(Node.ask(server, PowerAction.STOP));
      requests.add(Node.ask(server, PowerAction.KILL));
      await("outcomes with seed " + seed)
          .atMost(10, SECONDS)
          .until(() -> requests.stream().allMatch(CompletableFuture::isDone));
      node.settle(server);

      assertThat(server.state()).as("seed %s", seed).isEqualTo(ServerState.OFFLINE);
      assertThat(node.engine.lives(server.id())).as("seed %s", seed).isFalse();
      Node.done(Node.ask(server, PowerAction.START));
      assertThat(node.engine.lives(server.id())).as("seed %s", seed).isTrue();
      assertThat(node.engine.containers()).as("seed %s", seed).hasSize(1);
    }
  }

  private static void crash(Container container) {
    container.end(new ExitStatus(1, false));
  }
}
