package dev.wings.core.server;

import static dev.wings.core.server.Node.ask;
import static dev.wings.core.server.Node.awaitState;
import static dev.wings.core.server.Node.done;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.definition.InstallationScript;
import dev.wings.core.definition.ServerDefinition;
import dev.wings.core.definition.ServerSettings.AutoStart;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.install.Installer;
import dev.wings.core.panel.PanelException;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeContainerEngine.Container;
import dev.wings.core.testing.FakeContainerEngine.Step;
import dev.wings.core.testing.FakeInstaller;
import dev.wings.core.testing.FakePanel;
import dev.wings.core.testing.FakePanel.InstallationReport;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeVolume;
import dev.wings.core.testing.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class ServerRegistryTest {
  private static final UUID ID = Node.SERVER;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @TempDir Path directory;
  private Node node;

  @BeforeEach
  void makeNode() {
    node = new Node(directory);
  }

  @AfterEach
  void closeNode() {
    node.close();
  }

  // Boot

  @Test
  @Proves("ST-05")
  void aRestartOfTheDaemonLeavesTheProcessRunningAndAdoptsIt() {
    Server before = node.running();
    Container container = node.container(before);

    node.restart();
    assertThat(container.running()).isTrue();
    node.registry.boot(PATIENCE);
    Server after = node.registry.find(ID).orElseThrow();
    after.events().subscribe(node.events::add);
    awaitState(after, ServerState.RUNNING);

    assertThat(node.engine.created()).isEqualTo(1);
    container.print("still here");
    assertThat(node.lines()).contains("still here");
    done(ask(after, PowerAction.KILL));
    assertThat(container.running()).isFalse();
  }

  @Test
  @Proves("PN-01")
  void bootsFromTheLastKnownDefinitionsWhileThePanelIsAway() {
    Server before = node.running();
    Container container = node.container(before);
    node.restart();
    node.panel.away(true);

    node.registry.boot(Duration.ofMillis(300));

    Server after = node.registry.find(ID).orElseThrow();
    assertThat(after.definition()).isEqualTo(before.definition());
    awaitState(after, ServerState.RUNNING);
    done(ask(after, PowerAction.KILL));
    assertThat(container.running()).isFalse();
    done(ask(after, PowerAction.START));
    assertThat(node.engine.lives(ID)).isTrue();
  }

  @Test
  @Proves("PN-01")
  void newDefinitionsAppearWhenThePanelIsBack() {
    node.server();
    node.restart();
    node.panel.away(true);
    node.registry.boot(Duration.ofMillis(100));
    UUID added = new UUID(1, 1);
    node.panel.put(FakeServer.definition(added, "new"));

    node.panel.away(false);

    await().atMost(10, SECONDS).until(() -> node.registry.find(added).isPresent());
    assertThat(node.panel.calls()).contains(FakePanel.Call.RESET);
  }

  @Test
  @Proves({"PN-01", "PN-02"})
  void anEmptyListDeletesNothing() {
    Server before = node.running();
    Container container = node.container(before);
    node.restart();
    node.panel.remove(ID);

    node.registry.boot(PATIENCE);

    Server after = node.registry.find(ID).orElseThrow();
    awaitState(after, ServerState.RUNNING);
    assertThat(container.running()).isTrue();
    assertThat(directory.resolve("volumes").resolve(ID.toString())).exists();
  }

  @Test
  @Proves("PN-02")
  void aPartialListAtRunTimeKeepsTheMissingServer() {
    Server kept = node.running();

    node.registry.reconcile(List.of(FakeServer.definition(new UUID(1, 1), "other")));

    assertThat(node.registry.find(ID)).contains(kept);
    assertThat(kept.state()).isEqualTo(ServerState.RUNNING);
    assertThat(node.registry.all()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(AutoStart.class)
  void autoStartFollowsTheRuleAndTheLastState(AutoStart rule) {
    Server before = node.server(Definitions.autoStart(FakeServer.definition(ID, "Lobby"), rule));
    node.start(before);
    node.restart();
    node.container(before).end(new ExitStatus(0, false)); // while nobody looks

    node.registry.boot(PATIENCE);
    Server after = node.registry.find(ID).orElseThrow();
    node.settle(after);
    assertThat(after.state()).isEqualTo(ServerState.OFFLINE);
    node.time.advance(Duration.ofSeconds(5));
    node.settle(after);

    assertThat(after.state())
        .isEqualTo(rule == AutoStart.NEVER ? ServerState.OFFLINE : ServerState.STARTING);
  }

  @Test
  void aServerThatWasStoppedStaysStopped() {
    Server before = node.running();
    done(ask(before, PowerAction.KILL));
    node.settle(before);
    node.restart();

    node.registry.boot(PATIENCE);
    Server after = node.registry.find(ID).orElseThrow();
    node.settle(after);
    node.time.advance(Duration.ofSeconds(6));
    node.settle(after);

    assertThat(after.state()).isEqualTo(ServerState.OFFLINE);
  }

  @Test
  void anExitSoonAfterAdoptionIsNoCrash() {
    Server before = node.running();
    Container container = node.container(before);
    node.restart();
    node.registry.boot(PATIENCE);
    Server after = node.registry.find(ID).orElseThrow();
    awaitState(after, ServerState.RUNNING);
    node.settle(after);

    node.time.advance(Duration.ofSeconds(2));
    container.end(new ExitStatus(1, false));
    awaitState(after, ServerState.OFFLINE);
    node.settle(after);

    assertThat(node.activities).isEmpty();
  }

  @Test
  void adoptionWaitsForAnEngineThatIsAway() {
    Server before = node.running();
    node.restart();
    node.engine.gates().fail(Step.ADOPT, new WingsException(ErrorKind.UPSTREAM, "engine away"));
    node.registry.boot(PATIENCE);
    Server after = node.registry.find(ID).orElseThrow();
    assertThat(before.id()).isEqualTo(after.id());

    node.engine.gates().fail(Step.ADOPT, null);

    awaitState(after, ServerState.RUNNING);
  }

  @Test
  @Proves("ST-01")
  void damagedStateFilesDoNotKeepTheDaemonFromBooting() throws IOException {
    node.running();
    node.registry.close();
    for (String file : List.of("states.json", "definitions.json", "installing.json")) {
      Files.write(directory.resolve("root").resolve(file), new byte[] {0, 1, 2});
    }
    node.restart();

    node.registry.boot(PATIENCE);

    awaitState(node.registry.find(ID).orElseThrow(), ServerState.RUNNING);
  }

  @Test
  void theStateFileIsReadableByOtherDaemons() throws IOException {
    node.running();

    node.registry.close();

    assertThat(Files.readString(directory.resolve("root").resolve("states.json")))
        .isEqualTo("{\"" + ID + "\":\"running\"}");
  }

  // Creation and installation

  @Test
  void createsInstallsAndStarts() {
    node.panel.put(FakeServer.definition(ID, "new"));

    node.registry.create(ID, /* startOnCompletion= */ true, /* skipScripts= */ false);

    Server server = node.registry.find(ID).orElseThrow();
    awaitState(server, ServerState.STARTING);
    assertThat(node.installer.runs()).hasSize(1);
    assertThat(node.installations).containsExactly(new InstallationReport(ID, true, false));
    assertThat(directory.resolve("volumes").resolve(ID.toString())).isDirectory();
    assertThat(server.lock()).isEmpty();
  }

  @Test
  void skippedScriptsStillReportSuccess() {
    node.panel.put(FakeServer.definition(ID, "new"));

    node.registry.create(ID, /* startOnCompletion= */ false, /* skipScripts= */ true);

    await().atMost(5, SECONDS).until(() -> !node.installations.isEmpty());
    assertThat(node.installations).containsExactly(new InstallationReport(ID, true, false));
    assertThat(node.installer.runs()).isEmpty();
    assertThat(node.registry.find(ID).orElseThrow().state()).isEqualTo(ServerState.OFFLINE);
  }

  @Test
  void creatingTwiceIsAConflictAndAnUnknownServerIsRefused() {
    node.server();

    assertThatThrownBy(() -> node.registry.create(ID, false, false))
        .hasMessage("server with this uuid already exists");
    assertThatThrownBy(() -> node.registry.create(new UUID(9, 9), false, false))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UPSTREAM));
    assertThat(node.registry.all()).hasSize(1);
  }

  @Test
  void aRefusalOfThePanelFailsTheCreation() {
    node.panel.gates().fail(FakePanel.Call.SERVER, new PanelException(403, List.of("no"), null));

    assertThatThrownBy(() -> node.registry.create(ID, false, false))
        .hasMessageContaining("could not be fetched");

    node.panel.gates().fail(FakePanel.Call.SERVER, null);
    node.panel.put(FakeServer.definition(ID, "new"));
    node.registry.create(ID, false, false); // can be tried again
    assertThat(node.registry.find(ID)).isPresent();
    await().atMost(5, SECONDS).until(() -> !node.installations.isEmpty());
  }

  @Test
  void aServerUnderInstallationIsLocked() throws InterruptedException {
    Server server = installing();

    assertThat(server.lock()).contains(ServerLock.INSTALLING);
    assertThatThrownBy(() -> done(ask(server, PowerAction.START)))
        .hasMessageContaining("installing");
    assertThatThrownBy(() -> server.reinstall(false, null, false))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
    node.installer.gates().open(FakeInstaller.Step.RUN);
    await().atMost(5, SECONDS).until(() -> server.lock().isEmpty());
  }

  @Test
  void anAbortedInstallationCountsAsSuccess() throws InterruptedException {
    Server server = installing();

    server.abortInstallation();

    await().atMost(5, SECONDS).until(() -> !node.installations.isEmpty());
    assertThat(node.installations).containsExactly(new InstallationReport(ID, true, false));
    assertThatThrownBy(server::abortInstallation).hasMessageContaining("not installing");
  }

  @Test
  void aFailedInstallationIsReportedAndNotStarted() {
    node.panel.put(FakeServer.definition(ID, "new"));
    node.installer.willEnd(Installer.Outcome.failed("exit code 2"));

    node.registry.create(ID, /* startOnCompletion= */ true, /* skipScripts= */ false);

    await().atMost(5, SECONDS).until(() -> !node.installations.isEmpty());
    assertThat(node.installations).containsExactly(new InstallationReport(ID, false, false));
    node.settle(node.registry.find(ID).orElseThrow());
    assertThat(node.engine.created()).isZero();
  }

  @Test
  void aReinstallationStopsTheServerFirstAndEmptiesTheVolume() throws IOException {
    Server server = node.running();
    Path world = server.volume().root().resolve("world");
    Files.writeString(world, "blocks", UTF_8);
    InstallationScript script = new InstallationScript("i:1", "sh", "true", Map.of());

    CompletableFuture<Void> reinstall =
        CompletableFuture.runAsync(() -> server.reinstall(true, script, true));
    awaitState(server, ServerState.STOPPING);
    node.container(server).end(new ExitStatus(0, false));
    done(reinstall);

    awaitState(server, ServerState.STARTING);
    assertThat(world).doesNotExist();
    assertThat(node.installer.runs().getFirst().script()).isEqualTo(script);
    assertThat(node.installations).containsExactly(new InstallationReport(ID, true, true));
    assertThat(node.activities).isEmpty();
    assertThat(node.events).contains(new ServerEvent.InstallStarted());
  }

  @Test
  void nothingIsInstalledOverFilesThatCouldNotBeDeleted() throws InterruptedException {
    Server server = node.running();
    done(ask(server, PowerAction.KILL));
    node.settle(server);
    ((FakeVolume) server.volume()).failing(true);

    assertThatThrownBy(() -> server.reinstall(true, null, true))
        .isInstanceOf(WingsException.class)
        .hasMessage("the files of the server could not be deleted, so nothing was installed");

    assertThat(server.lock()).isEmpty();
    assertThat(node.installer.runs()).isEmpty();
    assertThat(node.installations).isEmpty();
  }

  @Test
  @Proves("CT-04")
  void anInstallationThatSurvivedARestartIsResumed() throws Exception {
    installing();
    node.restart();
    node.installer.gates().open(FakeInstaller.Step.RUN);
    node.installations.clear();

    node.registry.boot(PATIENCE);

    await().atMost(5, SECONDS).until(() -> !node.installer.resumed().isEmpty());
    await()
        .atMost(5, SECONDS)
        .until(() -> node.installations.contains(new InstallationReport(ID, true, false)));
    Server server = node.registry.find(ID).orElseThrow();
    node.settle(server);
    assertThat(server.lock()).isEmpty();
    done(ask(server, PowerAction.START));
  }

  private Server installing() throws InterruptedException {
    node.panel.put(FakeServer.definition(ID, "new"));
    node.installer.gates().close(FakeInstaller.Step.RUN);
    node.registry.create(ID, /* startOnCompletion= */ false, /* skipScripts= */ false);
    node.installer.gates().awaitArrival(FakeInstaller.Step.RUN);
    return node.registry.find(ID).orElseThrow();
  }

  @Test
  void theInstallLogIsReadFromItsEnd() throws IOException {
    Server server = node.server();
    assertThat(server.installLog(OptionalInt.empty())).isEmpty();
    Path log = Files.createDirectories(directory.resolve("logs").resolve(ID.toString()));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 5000; i++) {
      text.append("line ").append(i).append('\n');
    }
    Files.writeString(log.resolve("install.log"), text);

    assertThat(read(server, OptionalInt.of(2))).isEqualTo("line 4998\nline 4999\n");
    assertThat(read(server, OptionalInt.of(9999))).isEqualTo(text.toString());
    assertThat(read(server, OptionalInt.empty())).isEqualTo(text.toString());
  }

  private static String read(Server server, OptionalInt lines) throws IOException {
    try (var in = server.installLog(lines).orElseThrow()) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  // Deletion

  /// What the server does when it is deleted.
  private enum Activity {
    IDLE,
    PULLING,
    CREATING,
    STARTING,
    RUNNING,
    STOPPING_NATIVELY,
    INSTALLING,
    SEARCHING
  }

  @ParameterizedTest
  @EnumSource(Activity.class)
  @Proves({"RB-03", "CT-04"})
  void aDeletionEndsEveryActivity(Activity activity) throws Exception {
    Server server = busy(activity);
    Path logs = Files.createDirectories(directory.resolve("logs").resolve(ID.toString()));
    Path virtual = Files.createDirectories(directory.resolve("vmounts").resolve(ID.toString()));
    Files.writeString(virtual.resolve("machine-id"), "1");
    ManagedServer managed = (ManagedServer) server;

    node.registry.delete(ID);

    assertThat(node.registry.find(ID)).isEmpty();
    assertThatThrownBy(() -> node.registry.delete(ID)).hasMessageContaining("not found");
    await().atMost(5, SECONDS).until(() -> managed.tasks().running() == 0);
    await().atMost(5, SECONDS).until(() -> !Files.exists(server.volume().root()));
    assertThat(node.engine.containers()).isEmpty();
    assertThat(logs).doesNotExist();
    assertThat(virtual).doesNotExist();
    assertThat(node.events).contains(new ServerEvent.Deleted());
    assertThatThrownBy(() -> done(ask(server, PowerAction.START)))
        .hasMessageContaining("was deleted");
    node.time.advance(Duration.ofSeconds(2)); // a last usage event
    assertThat(node.time.armed()).as("an idle node has no timers").isZero();
    assertThat(node.activities).isEmpty();
  }

  private Server busy(Activity activity) throws InterruptedException {
    return switch (activity) {
      case IDLE -> node.server();
      case PULLING -> startingAt(Step.PULL);
      case CREATING -> startingAt(Step.CREATE);
      case STARTING -> startingAt(Step.START);
      case RUNNING -> node.running();
      case STOPPING_NATIVELY -> {
        ServerDefinition definition = FakeServer.definition(ID, "Lobby");
        Server server = node.server(Definitions.stop(definition, "stop", null));
        node.start(server);
        ask(server, PowerAction.STOP);
        awaitState(server, ServerState.STOPPING);
        yield server;
      }
      case INSTALLING -> {
        Server server = installing();
        server.events().subscribe(node.events::add);
        yield server;
      }
      case SEARCHING -> {
        node.engine.gates().close(Step.ADOPT);
        node.panel.put(FakeServer.definition(ID, "Lobby"));
        node.registry.reconcile(node.panel.servers());
        node.engine.gates().awaitArrival(Step.ADOPT);
        Server server = node.registry.find(ID).orElseThrow();
        server.events().subscribe(node.events::add);
        yield server;
      }
    };
  }

  private Server startingAt(Step step) throws InterruptedException {
    Server server = node.server();
    node.engine.gates().close(step);
    ask(server, PowerAction.START);
    node.engine.gates().awaitArrival(step);
    return server;
  }

  @Test
  void aDeletedServerDoesNotComeBackWithAnOldList() {
    List<ServerDefinition> list = List.of(node.server().definition());

    node.registry.delete(ID);
    node.registry.reconcile(list);

    assertThat(node.registry.find(ID)).isEmpty();
  }

  @Test
  void aDeletedServerIsForgottenAcrossRestarts() {
    node.server();
    node.registry.delete(ID);
    node.panel.remove(ID);
    await()
        .atMost(5, SECONDS)
        .until(() -> !Files.exists(directory.resolve("volumes").resolve(ID.toString())));
    node.restart();
    node.panel.away(true);

    node.registry.boot(Duration.ofMillis(100));

    assertThat(node.registry.all()).isEmpty();
  }

  @Test
  @Proves("ST-01")
  void aDeletionThatTheEndOfTheDaemonCutShortIsFinishedByTheNext() throws Exception {
    Server server = node.running();
    node.engine.gates().close(Step.REMOVE_ALL);
    node.registry.delete(ID);
    node.engine.gates().awaitArrival(Step.REMOVE_ALL);
    node.restart();
    node.engine.gates().open(Step.REMOVE_ALL);

    node.registry.boot(PATIENCE); // the panel still lists it

    await().atMost(5, SECONDS).until(() -> !Files.exists(server.volume().root()));
    assertThat(node.engine.containers()).isEmpty();
    assertThat(node.registry.find(ID)).isEmpty();
  }
}
