package dev.wings.daemon.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.wings.core.WingsException;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocalDirectoryTest {
  private static final UUID ONE = UUID.fromString("345fbfe4-0d11-4819-a29a-249de12308f8");
  private static final UUID TWO = UUID.fromString("4f15bee2-7626-4c39-9234-f28f42d30dc5");

  @TempDir Path directory;

  private final FakeServers fakes = new FakeServers();
  private final Set<UUID> refused = ConcurrentHashMap.newKeySet();
  private LocalPanel panel;
  private LocalDirectory local;

  @BeforeEach
  void open() throws IOException {
    panel = new LocalPanel(directory, InstantSource.system());
    local = new LocalDirectory(panel, new Refusing());
  }

  @AfterEach
  void close() throws IOException {
    local.close();
  }

  /// Refuses to create what a test wants refused.
  private final class Refusing implements Servers {
    @Override
    public List<Server> all() {
      return fakes.all();
    }

    @Override
    public Optional<Server> find(UUID id) {
      return fakes.find(id);
    }

    @Override
    public void create(UUID id, boolean startOnCompletion, boolean skipScripts) {
      if (refused.contains(id)) {
        throw WingsException.impossible("no room");
      }
      fakes.create(id, startOnCompletion, skipScripts);
    }

    @Override
    public void delete(UUID id) {
      fakes.delete(id);
    }
  }

  private Path define(String file, UUID server, String name) throws IOException {
    return Files.writeString(
        directory.resolve("servers").resolve(file), TestDefinitions.json(server, name));
  }

  private FakeServer server(UUID id) {
    return (FakeServer) fakes.find(id).orElseThrow();
  }

  @Test
  void whatIsThereAtTheStartIsCreatedAndInstalled() throws IOException {
    define("one.json", ONE, "one");

    local.start();

    await().until(() -> panel.admitted(ONE));
    assertThat(fakes.creations())
        .containsExactly(
            new FakeServers.Creation(ONE, /* startOnCompletion= */ true, /* skipScripts= */ false));
  }

  @Test
  void whatExistsAlreadyIsNotCreatedAgain() throws IOException {
    define("one.json", ONE, "one");
    panel.admit(ONE);
    define("two.json", TWO, "two");
    fakes.add(FakeServer.named(TWO, "known to the registry, results were lost"));

    local.start();

    await().until(() -> panel.admitted(TWO));
    assertThat(fakes.creations()).isEmpty();
  }

  @Test
  void aNewFileCreatesAServer() throws IOException {
    local.start();

    define("one.json", ONE, "one");

    await().until(() -> panel.admitted(ONE));
    assertThat(fakes.creations()).hasSize(1);
  }

  @Test
  void aChangedFileIsSynchronisedAndAnUnchangedOneIsNot() throws IOException {
    define("one.json", ONE, "one");
    define("two.json", TWO, "two");
    local.start();
    await().until(() -> panel.admitted(ONE) && panel.admitted(TWO));

    define("one.json", ONE, "renamed");

    await().until(() -> !server(ONE).syncs().isEmpty());
    assertThat(server(ONE).syncs().getLast().settings().meta().name()).isEqualTo("renamed");
    assertThat(server(TWO).syncs()).isEmpty();
  }

  @Test
  void aRemovedFileDeletesNothing() throws IOException {
    Path file = define("one.json", ONE, "one");
    local.start();
    await().until(() -> panel.admitted(ONE));

    Files.delete(file);
    define("two.json", TWO, "two");

    await().until(() -> panel.admitted(TWO));
    assertThat(fakes.find(ONE)).isPresent();
    assertThat(fakes.deletions()).isEmpty();
  }

  @Test
  void abrokenFileCostsNoOther() throws IOException {
    Files.writeString(directory.resolve("servers/a.json"), "{");
    refused.add(ONE);
    define("b.json", ONE, "refused");
    define("c.json", TWO, "two");

    local.start();

    await().until(() -> panel.admitted(TWO));
    assertThat(panel.admitted(ONE)).isFalse();
  }

  @Test
  void whatWasRefusedIsTriedAgainWithTheNextChange() throws IOException {
    refused.add(ONE);
    define("one.json", ONE, "one");
    define("two.json", TWO, "two");
    local.start();
    await().until(() -> panel.admitted(TWO));
    assertThat(fakes.creations()).hasSize(1);

    refused.clear();
    define("two.json", TWO, "changed");

    await().until(() -> panel.admitted(ONE));
    assertThat(fakes.creations()).hasSize(2);
  }

  @Test
  void aServerDeletedThroughTheApiLeavesItsFileAside() throws IOException {
    define("one.json", ONE, "one");
    local.start();
    await().until(() -> panel.admitted(ONE));
    FakeServer deleted = server(ONE);

    // the watcher subscribes right after the admission
    await()
        .until(() -> {
          deleted.events().publish(new ServerEvent.Deleted());
          return !panel.admitted(ONE);
        });
    assertThat(directory.resolve("servers/one.json.deleted")).exists();
    assertThat(fakes.creations()).hasSize(1);
  }

  @Test
  void aDirectoryThatIsReplacedIsWatchedAgain() throws IOException {
    local.start();
    define("one.json", ONE, "one");
    await().until(() -> panel.admitted(ONE));

    Files.move(directory.resolve("servers"), directory.resolve("old"));
    Files.delete(directory.resolve("old/one.json"));
    Files.delete(directory.resolve("old"));
    await().until(() -> Files.isDirectory(directory.resolve("servers")));
    define("two.json", TWO, "two");

    await().until(() -> panel.admitted(TWO));
  }
}
