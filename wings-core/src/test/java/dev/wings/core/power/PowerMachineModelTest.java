package dev.wings.core.power;

import static org.assertj.core.api.Assertions.fail;

import dev.wings.core.testing.Proves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random histories of requests, answers, exits, timers and locks against the machine. The system
/// properties `wings.seed` and `wings.histories` choose others and more of them.
@Timeout(600)
class PowerMachineModelTest {
  private static final int HISTORIES = Integer.getInteger("wings.histories", 4_000);
  private static final int LENGTH = 60;

  private enum Boot {
    FRESH,
    ADOPT,
    ADOPT_AND_START
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20})
  @Proves({"RB-01", "RB-02"})
  void noHistoryLosesARequestOrMakesAStateLie(int killAfterSeconds) {
    long seed = Long.getLong("wings.seed", 20_260_401);
    System.getLogger("model").log(System.Logger.Level.INFO, "wings.seed=" + seed);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    PowerSettings settings =
        PowerSettings.DEFAULT.withKillAfter(Duration.ofSeconds(killAfterSeconds));

    for (int history = 0; history < HISTORIES; history++) {
      Boot boot = Boot.values()[history % Boot.values().length];
      List<Integer> choices = random.ints(LENGTH).boxed().toList();
      if (failure(settings, boot, choices, null) != null) {
        List<Integer> small = shrink(settings, boot, choices);
        List<String> trace = new ArrayList<>();
        String lie = failure(settings, boot, small, trace);
        fail("seed " + seed + ", " + boot + ": " + lie + "\n" + String.join("\n", trace));
      }
    }
  }

  private static @Nullable String failure(
      PowerSettings settings, Boot boot, List<Integer> choices, @Nullable List<String> trace) {
    PowerWorld world = new PowerWorld(settings);
    try {
      if (boot != Boot.FRESH) {
        world.adopt(boot == Boot.ADOPT_AND_START);
      }
      choices.forEach(world::act);
      world.settle();
      world.stillUsable();
      return null;
    } catch (AssertionError | RuntimeException failure) {
      return failure.toString();
    } finally {
      if (trace != null) {
        trace.addAll(world.trace());
      }
    }
  }

  /// Removes ever smaller pieces for as long as what remains still fails.
  private static List<Integer> shrink(PowerSettings settings, Boot boot, List<Integer> choices) {
    List<Integer> smallest = choices;
    for (int size = choices.size() / 2; size >= 1; size /= 2) {
      for (int at = 0; at + size <= smallest.size(); ) {
        List<Integer> without = new ArrayList<>(smallest);
        without.subList(at, at + size).clear();
        if (failure(settings, boot, without, null) != null) {
          smallest = without;
        } else {
          at += size;
        }
      }
    }
    return smallest;
  }
}
