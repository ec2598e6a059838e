package dev.wings.docker.internal.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.config.DockerConfig;
import dev.wings.core.definition.ServerSettings;
import dev.wings.docker.internal.container.CpuBoost.Change;
import dev.wings.docker.testing.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CpuBoostTest {
  private final AtomicLong nanos = new AtomicLong(-5);
  private final CpuBoosts node = new CpuBoosts();
  private final CpuBoost boost = new CpuBoost(node, nanos::get);
  private final ServerSettings limited = server("/build/cpu_limit", "100");
  private final DockerConfig config =
      config(
          "/docker/startup_boost", "{\"enabled\":true,\"timeout\":60,\"max_concurrent\":1}",
          "/docker/runtime_boost",
              "{\"enabled\":true,\"threshold\":90,\"sustained\":3,\"multiple\":2.5,\"duration\":10,\"cooldown\":20,\"max_concurrent\":1}");

  private static DockerConfig config(String... changes) {
    return TestNode.config(Path.of("/x"), changes).docker();
  }

  private static ServerSettings server(String... changes) {
    return TestNode.server(UUID.randomUUID(), "x", changes);
  }

  private void pass(int seconds) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  @Test
  void liftsTheQuotaWhileStarting() {
    assertThat(boost.onStart(limited, config)).isEqualTo(new Change.Boost(-1));
    assertThat(boost.onSample(100, limited, config)).isEqualTo(Change.NONE);
    assertThat(boost.onStarted()).isEqualTo(new Change.Restore());
    assertThat(boost.active()).isFalse();
    assertThat(boost.onStarted()).isEqualTo(Change.NONE);
  }

  @Test
  void aStartThatLastsTooLongLosesItsBoost() {
    boost.onStart(limited, config);
    pass(59);
    assertThat(boost.onSample(1, limited, config)).isEqualTo(Change.NONE);
    pass(1);
    assertThat(boost.onSample(1, limited, config)).isEqualTo(new Change.Restore());
  }

  @Test
  void needsALimitASlotAndTheSwitch() {
    assertThat(boost.onStart(server(), config)).isEqualTo(Change.NONE);
    assertThat(boost.onStart(limited, config())).isEqualTo(Change.NONE);
    assertThat(boost.onStart(limited, config)).isInstanceOf(Change.Boost.class);
    CpuBoost other = new CpuBoost(node, nanos::get);
    assertThat(other.onStart(limited, config)).isEqualTo(Change.NONE);

    boost.close();
    assertThat(other.onStart(limited, config)).isInstanceOf(Change.Boost.class);
  }

  @Test
  void theServersOwnSwitchWins() {
    ServerSettings on =
        server(
            "/build/cpu_limit",
            "50",
            "/features/startup_cpu_boost",
            "{\"enabled\":true,\"timeout\":5}");
    assertThat(boost.onStart(on, config("/docker/startup_boost/max_concurrent", "1")))
        .isInstanceOf(Change.Boost.class);
    pass(5);
    assertThat(boost.onSample(0, on, config())).isEqualTo(new Change.Restore());
    assertThat(
            boost.onStart(
                server(
                    "/build/cpu_limit", "50", "/features/startup_cpu_boost", "{\"enabled\":false}"),
                config))
        .isEqualTo(Change.NONE);
  }

  @Test
  void aBusyServerGetsMoreForAWhileAndThenCoolsDown() {
    assertThat(sample(95)).isEqualTo(Change.NONE); // still starting
    boost.onStarted();
    assertThat(sample(95)).isEqualTo(Change.NONE);
    assertThat(sample(90)).isEqualTo(Change.NONE);
    assertThat(sample(89)).isEqualTo(Change.NONE); // the streak breaks
    sample(95);
    sample(95);
    assertThat(sample(95)).isEqualTo(new Change.Boost(250_000));
    pass(9);
    assertThat(sample(200)).isEqualTo(Change.NONE);
    pass(1);
    assertThat(sample(200)).isEqualTo(new Change.Restore());
    for (int i = 0; i < 4; i++) {
      pass(4);
      assertThat(sample(100)).isEqualTo(Change.NONE); // cooling down
    }
    pass(4);
    sample(100);
    sample(100);
    assertThat(sample(100)).isEqualTo(new Change.Boost(250_000));
  }

  private Change sample(double cpu) {
    return boost.onSample(cpu, limited, config);
  }

  @Test
  void givesItsSlotBackExactlyOnce() {
    boost.onStart(limited, config);
    boost.close();
    boost.abandon();
    CpuBoost other = new CpuBoost(node, nanos::get);
    assertThat(other.onStart(limited, config)).isInstanceOf(Change.Boost.class);
    assertThat(new CpuBoost(node, nanos::get).onStart(limited, config)).isEqualTo(Change.NONE);
    assertThat(boost.onStart(limited, config)).isEqualTo(Change.NONE);
  }
}
