package dev.wings.core.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.wings.core.definition.InstallationScript;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class ServerStoreTest {
  private static final UUID A = UUID.fromString("6f1c0c1e-93d0-4a60-9a3b-0d4b8f0a7c11");
  private static final UUID B = UUID.fromString("0b0c4f61-6a2e-4f4e-8a58-4a5d4f1f2b70");

  @TempDir Path directory;

  /// Ways in which a file can be spoiled.
  private enum Damage {
    TRUNCATED {
      @Override
      void apply(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(content, content.length / 2));
      }
    },
    ZEROED {
      @Override
      void apply(Path file) throws IOException {
        Files.write(file, new byte[(int) Files.size(file)]);
      }
    },
    EMPTY {
      @Override
      void apply(Path file) throws IOException {
        Files.write(file, new byte[0]);
      }
    },
    DOUBLED {
      @Override
      void apply(Path file) throws IOException {
        String content = Files.readString(file);
        Files.writeString(file, content + content);
      }
    },
    FLIPPED {
      @Override
      void apply(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        content[content.length - 4] ^= 0x01; // within the name of the last state
        Files.write(file, content);
      }
    },
    DIRECTORY {
      @Override
      void apply(Path file) throws IOException {
        Files.delete(file);
        Files.createDirectory(file);
      }
    },
    GONE {
      @Override
      void apply(Path file) throws IOException {
        Files.delete(file);
      }
    };

    abstract void apply(Path file) throws IOException;
  }

  @Test
  void everythingSurvivesARestart() {
    InstallationScript script = new InstallationScript("i:1", "bash", "echo", Map.of());
    PendingInstallation pending = new PendingInstallation(true, script, true);
    try (ServerStore store = ServerStore.open(directory)) {
      store.state(A, ServerState.RUNNING);
      store.installationBegan(B, pending);
      store.definition(FakeServer.definition(A, "Lobby"));
    }

    try (ServerStore store = ServerStore.open(directory)) {
      assertThat(store.state(A)).contains(ServerState.RUNNING);
      assertThat(store.installing(B)).contains(pending);
      assertThat(store.definitions()).containsExactly(FakeServer.definition(A, "Lobby"));
    }
  }

  @Test
  @Proves("ST-01")
  void aBeginningInstallationIsOnDiskAtOnce() throws IOException {
    try (ServerStore store = ServerStore.open(directory)) {
      store.installationBegan(
          A,
          new PendingInstallation(
              false, new InstallationScript("i:1", "bash", "echo", Map.of()), false));

      assertThat(Files.readString(directory.resolve("installing.json")))
          .startsWith("{\"" + A + "\":[false,{")
          .contains("\"container_image\":\"i:1\"");
    }
  }

  @ParameterizedTest
  @EnumSource(Damage.class)
  @Proves("ST-01")
  void aDamagedFileIsSetAsideAndThePreviousCopyUsed(Damage damage) throws IOException {
    twoWrites();

    damage.apply(directory.resolve("states.json"));

    try (ServerStore store = ServerStore.open(directory)) {
      assertThat(store.state(A)).contains(ServerState.OFFLINE); // the first write
      store.state(A, ServerState.STOPPING); // and it can be written again
      store.flush();
    }
    if (damage != Damage.GONE) {
      assertThat(directory.resolve("states.json.damaged")).exists();
    }
    try (ServerStore store = ServerStore.open(directory)) {
      assertThat(store.state(A)).contains(ServerState.STOPPING);
    }
  }

  private void twoWrites() {
    try (ServerStore store = ServerStore.open(directory)) {
      store.state(A, ServerState.OFFLINE);
      store.flush();
      store.state(A, ServerState.RUNNING);
      store.flush();
    }
  }

  @Test
  @Proves("ST-01")
  void noSingleFlippedBitKeepsTheStoreFromOpeningOrInventsAState() throws IOException {
    twoWrites();
    Path file = directory.resolve("states.json");
    byte[] good = Files.readAllBytes(file);
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, bad);

      ServerStore store = ServerStore.open(directory);

      // A flip in the digits of the id is read as an entry of another, unknown server.
      store
          .state(A)
          .ifPresent(state -> assertThat(state).isIn(ServerState.OFFLINE, ServerState.RUNNING));
    }
  }

  @Test
  @Proves("ST-01")
  void aCrashBetweenAnyTwoStepsOfAWriteLosesNothing() throws IOException {
    twoWrites();
    Map<String, byte[]> before = snapshot();
    try (ServerStore store = ServerStore.open(directory)) {
      store.state(A, ServerState.STOPPING);
    }
    Map<String, byte[]> after = snapshot();

    // The order of a write: previous copy, checksums, content; each replaced atomically.
    List<String> steps = List.of("states.json.previous", "states.json.sum", "states.json");
    for (int done = 0; done <= steps.size(); done++) {
      for (int i = 0; i < steps.size(); i++) {
        byte[] content = (i < done ? after : before).get(steps.get(i));
        if (content != null) {
          Files.write(directory.resolve(steps.get(i)), content);
        }
      }
      Files.writeString(directory.resolve("states.json.tmp"), "{\"half");

      ServerStore store = ServerStore.open(directory);

      assertThat(store.state(A))
          .contains(done == steps.size() ? ServerState.STOPPING : ServerState.RUNNING);
    }
  }

  private Map<String, byte[]> snapshot() throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    try (var entries = Files.list(directory)) {
      for (Path file : entries.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  @Test
  @Proves("ST-01")
  void anInterruptedThreadStillStoresWhatItMust() throws IOException {
    try (ServerStore store = ServerStore.open(directory)) {
      Thread.currentThread().interrupt();
      store.deletionBegan(A);
      assertThat(Thread.interrupted()).isTrue();

      assertThat(Files.readString(directory.resolve("deleting.json"))).contains(A.toString());
    }
  }

  @Test
  void aFileOfAnotherDaemonIsTaken() throws IOException {
    twoWrites();
    Path file = directory.resolve("states.json");
    Path other = directory.resolve("other");
    Files.writeString(other, "{\"" + B + "\":\"starting\"}");
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);

    try (ServerStore store = ServerStore.open(directory)) {
      assertThat(store.state(B)).contains(ServerState.STARTING);
      assertThat(store.state(A)).isEmpty();
    }
  }

  @Test
  @Proves("ST-01")
  void whatALaterVersionAddedIsTolerated() throws IOException {
    Files.writeString(
        directory.resolve("states.json"),
        "{\"" + A + "\":\"running\",\"" + B + "\":\"hibernating\",\"version\":7}");

    try (ServerStore store = ServerStore.open(directory)) {
      assertThat(store.state(A)).contains(ServerState.RUNNING);
      assertThat(store.state(B)).isEmpty();
    }
  }

  @Test
  void anInstallationOfAnotherDaemonIsUnderstood() throws IOException {
    Files.writeString(
        directory.resolve("installing.json"),
        "{\""
            + A
            + "\":[true,{\"container_image\":\"i:1\",\"entrypoint\":\"sh\",\"script\":\"x\","
            + "\"environment\":{}}]}");

    try (ServerStore store = ServerStore.open(directory)) {
      assertThat(store.installing(A))
          .contains(
              new PendingInstallation(
                  true, new InstallationScript("i:1", "sh", "x", Map.of()), false));
    }
  }

  @Test
  @Proves("ST-01")
  void noRandomBytesKeepTheStoreFromOpening() throws IOException {
    long seed = Long.getLong("wings.store.seed", 20_261_125L);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 200; round++) {
      for (String name : List.of("states.json", "states.json.sum", "states.json.previous")) {
        byte[] noise = new byte[random.nextInt(80)];
        random.nextBytes(noise);
        Files.write(
            directory.resolve(name),
            round % 2 == 0
                ? noise
                : ("{\"" + A + "\":" + new String(noise, UTF_8)).getBytes(UTF_8));
      }

      assertThatCode(() -> ServerStore.open(directory))
          .as("seed %s", seed)
          .doesNotThrowAnyException();
    }
  }
}
