package dev.wings.core.server;

import static dev.wings.core.server.Node.ask;
import static dev.wings.core.server.Node.awaitState;
import static dev.wings.core.server.Node.done;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Activity;
import dev.wings.core.activity.Actor;
import dev.wings.core.container.ContainerStats;
import dev.wings.core.container.ExitStatus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.FakeContainerEngine.Container;
import dev.wings.core.testing.FakeContainerEngine.Step;
import dev.wings.core.testing.FakePanel;
import dev.wings.core.testing.FakeServer;
import dev.wings.core.testing.FakeVolume;
import dev.wings.core.testing.Proves;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class ManagedServerPowerTest {
  private static final WingsException ENGINE =
      new WingsException(ErrorKind.UPSTREAM, "the engine refuses");

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

  @Test
  void startsAndBecomesRunningWithTheReadinessText() {
    Server server = node.server();

    done(ask(server, PowerAction.START));
    assertThat(server.state()).isEqualTo(ServerState.STARTING);
    node.container(server).print("loading");
    node.container(server).print("Done (1 s)");
    awaitState(server, ServerState.RUNNING);

    assertThat(node.states()).containsExactly(ServerState.STARTING, ServerState.RUNNING);
    assertThat(node.lines()).contains("loading", "Done (1 s)");
  }

  @Test
  void stopsByCommandAndRemovesTheContainer() {
    Server server = node.running();
    Container container = node.container(server);

    done(ask(server, PowerAction.STOP));
    assertThat(server.state()).isEqualTo(ServerState.STOPPING);
    assertThat(container.inputs()).containsExactly("stop\n");
    container.end(new ExitStatus(0, false));
    awaitState(server, ServerState.OFFLINE);

    await().atMost(5, SECONDS).until(() -> node.engine.containers().isEmpty());
    assertThat(node.activities).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"PULL", "CREATE", "START", "REMOVE_ALL"})
  @Proves("RB-02")
  void stopDuringAStartEndsStopped(Step step) throws InterruptedException {
    Server server = node.server();
    node.engine.gates().close(step);
    CompletableFuture<Void> start = ask(server, PowerAction.START);
    node.engine.gates().awaitArrival(step);

    done(ask(server, PowerAction.STOP)); // although the step itself never ends
    node.engine.gates().open(step);

    assertThat(server.state()).isEqualTo(ServerState.OFFLINE);
    assertThat(node.engine.lives(server.id())).isFalse();
    assertThatThrownBy(failing(start)).hasMessageContaining("cancelled by a stop request");
    assertUsable(server);
  }

  @ParameterizedTest
  @EnumSource(names = {"PULL", "CREATE", "START", "REMOVE_ALL"})
  @Proves("RB-02")
  void killGetsThroughDuringAStart(Step step) throws InterruptedException {
    Server server = node.server();
    node.engine.gates().close(step);
    CompletableFuture<Void> start = ask(server, PowerAction.START);
    node.engine.gates().awaitArrival(step);

    done(ask(server, PowerAction.KILL)); // although the step itself never ends
    node.engine.gates().open(step);

    assertThat(server.state()).isEqualTo(ServerState.OFFLINE);
    assertThat(node.engine.lives(server.id())).isFalse();
    assertThatThrownBy(failing(start)).hasMessageContaining("cancelled by a kill request");
    assertUsable(server);
  }

  @Test
  @Proves("RB-02")
  void killGetsThroughWhileAStopNeverEnds() throws InterruptedException {
    Server server = node.server(stopsNatively(FakeServer.definition(Node.SERVER, "Lobby")));
    node.start(server);
    CompletableFuture<Void> stop = ask(server, PowerAction.STOP);
    awaitState(server, ServerState.STOPPING);

    done(ask(server, PowerAction.KILL));

    done(stop);
    assertThat(server.state()).isEqualTo(ServerState.OFFLINE);
    assertThat(node.engine.lives(server.id())).isFalse();
  }

  @Test
  void aFailingStartIsReportedAndLeavesNothingBehind() {
    Server server = node.server();
    node.engine.gates().fail(Step.START, ENGINE);

    assertThatThrownBy(failing(ask(server, PowerAction.START))).hasMessageContaining("refuses");

    assertThat(server.state()).isEqualTo(ServerState.OFFLINE);
    assertThat(node.engine.containers()).isEmpty();
    assertThat(node.events)
        .anyMatch(e -> e instanceof ServerEvent.DaemonMessage m && m.text().contains("refuses"));
    node.engine.gates().fail(Step.START, null);
    assertUsable(server);
  }

  @Test
  void restartStartsAgainAfterTheExitAndAKillDoesNotPreventIt() {
    Server server = node.running();
    Container first = node.container(server);

    done(ask(server, PowerAction.RESTART));
    done(ask(server, PowerAction.KILL));

    await().atMost(5, SECONDS).until(() -> node.engine.created() == 2);
    awaitState(server, ServerState.STARTING);
    assertThat(first.running()).isFalse();
  }

  @Test
  void redundantRequestsAreRefusedWithAReason() {
    Server server = node.running();

    assertThatThrownBy(failing(ask(server, PowerAction.START)))
        .hasMessageContaining("already running");
    done(ask(server, PowerAction.KILL));
    assertThatThrownBy(failing(ask(server, PowerAction.STOP)))
        .hasMessageContaining("already stopped");
    done(ask(server, PowerAction.KILL));
    assertThatThrownBy(failing(server.power(PowerRequest.checked(PowerAction.KILL, user()))))
        .hasMessageContaining("already stopped");
  }

  @Test
  void checkedActionsOfAUserAreRecorded() {
    Server server = node.server();
    Actor user = user();

    done(server.power(PowerRequest.checked(PowerAction.START, user)));

    assertThat(node.activities)
        .extracting(Activity::event, Activity::actor, Activity::server)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("server:power.start", user, server.id()));
  }

  @Test
  @Proves("RB-04")
  void aCrashIsRecordedAndRestartedOnceAndNotAgainWithinTheTimeout() {
    Server server = node.running();

    node.container(server).end(new ExitStatus(3, false));
    await().atMost(5, SECONDS).until(() -> node.engine.created() == 2);
    awaitState(server, ServerState.STARTING);
    node.settle(server);
    node.container(server).end(new ExitStatus(137, true));
    awaitState(server, ServerState.OFFLINE);
    node.settle(server);

    assertThat(node.engine.created()).isEqualTo(2);
    assertThat(node.engine.containers()).isEmpty();
    assertThat(node.activities).extracting(Activity::event).containsOnly("server:crash.detected");
    assertThat(node.activities)
        .extracting(activity -> String.valueOf(activity.metadata()))
        .containsExactlyInAnyOrder(
            "{\"exit_code\":3,\"oom_killed\":false}", "{\"exit_code\":137,\"oom_killed\":true}");
    assertThat(node.lines())
        .anyMatch(line -> line.contains("crashed"))
        .anyMatch(line -> line.contains("Exit code: 137"))
        .anyMatch(line -> line.contains("not started again"));
  }

  @Test
  @Proves({"RB-04", "CK-01"})
  void theCrashTimeoutFollowsMonotonicTime() {
    Server server = node.running();
    node.container(server).end(new ExitStatus(1, false));
    await().atMost(5, SECONDS).until(() -> node.engine.created() == 2);
    awaitState(server, ServerState.STARTING);
    node.settle(server);

    node.time.advance(Duration.ofSeconds(61)); // the nano time wraps around here
    node.container(server).end(new ExitStatus(1, false));

    await().atMost(5, SECONDS).until(() -> node.engine.created() == 3);
  }

  @Test
  @Proves("DK-02")
  void manyExitsAtOnceAreAnEventOfTheEngine() {
    List<Server> servers =
        List.of(
            node.server(FakeServer.definition(new UUID(1, 1), "a")),
            node.server(FakeServer.definition(new UUID(1, 2), "b")),
            node.server(FakeServer.definition(new UUID(1, 3), "c")));
    servers.forEach(node::start);

    servers.forEach(server -> node.container(server).end(new ExitStatus(0, false)));
    servers.forEach(server -> awaitState(server, ServerState.OFFLINE));
    servers.forEach(node::settle);
    node.time.advance(ExitWatch.PATIENCE);

    servers.forEach(server -> awaitState(server, ServerState.STARTING));
    servers.forEach(node::settle);
    assertThat(node.activities).isEmpty();
  }

  @Test
  @Proves("DK-02")
  void aBrokenStreamIsNoExit() {
    Server server = node.running();

    node.container(server).breakStream();
    node.settle(server);
    assertThat(node.lines()).anyMatch(line -> line.contains("may be missing"));

    assertThat(server.state()).isEqualTo(ServerState.RUNNING);
    assertThat(node.engine.created()).isEqualTo(1);
  }

  @Test
  void autoKillKillsWhenTheStopIsIgnored() {
    Server server =
        node.server(Definitions.autoKill(FakeServer.definition(Node.SERVER, "Lobby"), 20));
    node.start(server);

    CompletableFuture<Void> stop = ask(server, PowerAction.STOP);
    awaitState(server, ServerState.STOPPING);
    node.settle(server);
    assertThat(stop).isNotDone();
    node.time.advance(Duration.ofSeconds(20));
    done(stop);

    assertThat(server.state()).isEqualTo(ServerState.OFFLINE);
    assertThat(node.engine.lives(server.id())).isFalse();
    assertThat(node.events)
        .anyMatch(e -> e instanceof ServerEvent.DaemonMessage m && m.text().contains("20 seconds"));
  }

  @Test
  void aStoppedPanelDoesNotKeepAServerFromStarting() {
    Server server = node.server();
    node.panel.away(true);

    done(ask(server, PowerAction.START));

    assertThat(node.engine.lives(server.id())).isTrue();
    node.panel.away(false);
  }

  @Test
  void theStartUsesTheFreshDefinitionAndASuspensionInItEndsTheStart() {
    Server server = node.server();
    node.panel.put(Definitions.suspended(server.definition()));

    assertThatThrownBy(failing(ask(server, PowerAction.START))).hasMessageContaining("suspended");

    assertThat(server.lock()).contains(ServerLock.SUSPENDED);
    await().until(() -> server.state() == ServerState.OFFLINE); // the outcome comes first
    assertThat(node.engine.created()).isZero();
  }

  @Test
  void aRequestWaitsForTheActionInProgressAsLongAsItsPatienceLasts() throws InterruptedException {
    Server server = node.server();
    node.engine.gates().close(Step.REMOVE_ALL);
    ask(server, PowerAction.START);
    node.engine.gates().awaitArrival(Step.REMOVE_ALL);
    node.engine.gates().close(Step.REMOVE_ALL);
    CompletableFuture<Void> stop = ask(server, PowerAction.STOP);

    CompletableFuture<Void> again =
        server.power(PowerRequest.unchecked(PowerAction.START, Duration.ofSeconds(30)));

    done(stop);
    node.engine.gates().open(Step.REMOVE_ALL);
    done(again);
    assertThat(node.engine.lives(server.id())).isTrue();
  }

  @Test
  void commandsAreOneLineAndRecorded() {
    Server server = node.running();
    Actor user = user();

    server.sendCommand("say hello", user);

    assertThat(node.container(server).inputs()).containsExactly("say hello\n");
    assertThat(node.activities)
        .extracting(Activity::event, a -> String.valueOf(a.metadata()))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "server:console.command", "{\"command\":\"say hello\"}"));
  }

  @Test
  @Proves("WS-06")
  void commandsWithHiddenLinesOrTooLongAreRefused() {
    Server server = node.running();

    for (String bad : List.of("a\nb", "a\rb", "a\0b")) {
      assertThatThrownBy(() -> server.sendCommand(bad, user())).hasMessageContaining("one line");
    }
    assertThatThrownBy(() -> server.sendCommand("x".repeat(1 << 20), user()))
        .hasMessageContaining("at most");

    assertThat(node.container(server).inputs()).isEmpty();
    assertThat(node.activities).isEmpty();
  }

  @Test
  void commandsToAnOfflineServerAreImpossible() {
    Server server = node.server();

    assertThatThrownBy(() -> server.sendCommand("list", user()))
        .isInstanceOfSatisfying(
            WingsException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.IMPOSSIBLE));
  }

  @Test
  void usageFollowsTheProcessAndIsPublishedOncePerSecond() {
    Server server = node.running();
    node.time.advance(Duration.ofSeconds(2));
    node.events.clear();

    for (int i = 1; i <= 5; i++) {
      node.container(server).sample(new ContainerStats(i, 100, 0, 0, 0, 0, 1.5, 100, i));
    }
    assertThat(published()).hasSize(1);
    node.time.advance(Duration.ofSeconds(1));

    assertThat(published()).hasSize(2);
    assertThat(server.usage().memoryBytes()).isEqualTo(5);
    done(ask(server, PowerAction.KILL));
    assertThat(server.usage().memoryBytes()).isZero();
    assertThat(server.usage().state()).isEqualTo(ServerState.OFFLINE);
  }

  private List<ServerEvent> published() {
    return node.events.stream().filter(ServerEvent.StatsChanged.class::isInstance).toList();
  }

  @Test
  void aFullDiskStopsTheServerAfterSomeSeconds() {
    Server server = node.running();
    FakeVolume volume = (FakeVolume) server.volume();
    volume.become(2L << 30); // of 1 GiB

    for (int second = 0; second < 7; second++) {
      node.time.advance(Duration.ofSeconds(1));
    }
    awaitState(server, ServerState.STOPPING);
    node.settle(server);
    node.time.advance(ManagedServer.OWN_STOP_LIMIT);

    awaitState(server, ServerState.OFFLINE);
    assertThatThrownBy(failing(ask(server, PowerAction.START))).hasMessageContaining("disk limit");
  }

  @Test
  void aSyncUpdatesTheLiveContainerAndAsksForARestartWhenNeeded() {
    Server server = node.running();

    server.sync(Definitions.cpuLimit(server.definition(), 50));
    assertThat(node.container(server).updates()).hasSize(1);
    assertThat(server.pendingRestart()).isFalse();
    server.sync(Definitions.image(server.definition(), "other:1"));
    assertThat(server.pendingRestart()).isTrue();
    done(ask(server, PowerAction.KILL));

    assertThat(server.pendingRestart()).isFalse();
    assertThat(node.events)
        .filteredOn(ServerEvent.PendingRestart.class::isInstance)
        .containsExactly(
            new ServerEvent.PendingRestart(true), new ServerEvent.PendingRestart(false));
  }

  @Test
  void aSuspensionStopsTheServerAndKillsItAfterThirtySeconds() {
    Server server = node.running();

    server.sync(Definitions.suspended(server.definition()));
    awaitState(server, ServerState.STOPPING);
    node.settle(server);
    node.time.advance(Duration.ofSeconds(30));

    awaitState(server, ServerState.OFFLINE);
    assertThatThrownBy(failing(ask(server, PowerAction.START))).hasMessageContaining("suspended");
  }

  @Test
  void pullProgressIsPublished() {
    node.engine.pullNeeded(true);
    Server server = node.server();

    done(ask(server, PowerAction.START));

    assertThat(node.events)
        .contains(
            new ServerEvent.ImagePullProgress("layer", false, 1, 2),
            new ServerEvent.ImagePullCompleted("layer"));
  }

  @Test
  @Proves("DS-04")
  void scansOfOneServerDoNotKeepAnotherFromStarting() throws Exception {
    Server busy = node.server(FakeServer.definition(new UUID(1, 1), "busy"));
    Server other = node.server();
    node.blockScanThreads();

    ask(other, PowerAction.START).get(2, SECONDS);

    assertThat(other.state()).isEqualTo(ServerState.STARTING);
    assertThat(busy.state()).isEqualTo(ServerState.OFFLINE);
    node.unblockScans();
  }

  @Test
  void theBacklogComesFromTheStoredLog() {
    Server server = node.running();
    node.container(server).print("one");
    node.container(server).print("two");

    assertThat(server.backlog(2)).containsExactly("one", "two");
    assertThat(server.backlog(0)).isEmpty();
  }

  @Test
  void aPanelThatNeverAnswersDelaysAStartOnlyBriefly() throws Exception {
    Server server = node.server();
    node.panel.gates().close(FakePanel.Call.SERVER);

    ask(server, PowerAction.START).get(8, SECONDS);

    assertThat(node.engine.lives(server.id())).isTrue();
    node.panel.gates().open(FakePanel.Call.SERVER);
  }

  @Test
  void anIdleServerHasNeitherThreadNorTimer() {
    Server server = node.running();
    done(ask(server, PowerAction.KILL));
    node.settle(server);
    node.time.advance(Duration.ofSeconds(2));

    assertThat(((ManagedServer) server).tasks().running()).isZero();
    assertThat(node.time.armed()).isZero();
  }

  private static ThrowingCallable failing(CompletableFuture<Void> future) {
    return () -> done(future);
  }

  private static Actor user() {
    return new Actor(new UUID(7, 7), "192.0.2.1", null);
  }

  private void assertUsable(Server server) {
    node.settle(server);
    done(ask(server, PowerAction.START));
    assertThat(node.engine.lives(server.id())).isTrue();
  }

  private static dev.wings.core.definition.ServerDefinition stopsNatively(
      dev.wings.core.definition.ServerDefinition definition) {
    return Definitions.stop(definition, "stop", null);
  }
}
