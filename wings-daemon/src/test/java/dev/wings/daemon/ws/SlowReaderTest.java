package dev.wings.daemon.ws;

import static dev.wings.daemon.ws.SocketHarness.OWNER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.event.ServerEvent;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.Proves;
import dev.wings.core.usage.ResourceUsage;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Proves({"WS-05", "DS-01"})
class SlowReaderTest {
  private static final Pattern GAP =
      Pattern.compile("daemon message \\[(\\d+) lines? of output .* this connection\\.]");

  private final SocketHarness harness = new SocketHarness();
  private int published;

  @AfterEach
  void close() {
    harness.close();
    assertThat(harness.sockets.budget().usedBytes()).isZero();
  }

  private void publishLines(int batches, int linesOfEach) {
    for (int batch = 0; batch < batches; batch++) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < linesOfEach; i++) {
        lines.add("line " + published++ + " " + "x".repeat(80));
      }
      harness.server.events().publish(new ServerEvent.ConsoleOutput(lines, 0));
      harness.run();
    }
  }

  /// Reads lines and gap messages and checks that together they account for every line in order.
  private static int accountFor(List<String> received, int from) {
    int next = from;
    for (String text : received) {
      Matcher gap = GAP.matcher(text);
      if (gap.matches()) {
        next += Integer.parseInt(gap.group(1));
      } else if (text.startsWith("console output [line ")) {
        int number = Integer.parseInt(text.substring(21, text.indexOf(' ', 21)));
        assertThat(number).isEqualTo(next);
        next++;
      }
    }
    return next;
  }

  @Test
  void whatAPausedReaderMissesIsMarkedByExactlyOneMessageBeforeTheNextLines() {
    SocketHarness.Connection slow = harness.connected(OWNER);
    SocketHarness.Connection fast = harness.connected(OWNER);
    slow.stalled = true;
    List<String> fastReceived = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      publishLines(10, 100);
      fastReceived.addAll(fast.received());
    }

    assertThat(fastReceived).hasSize(100_000);
    assertThat(accountFor(fastReceived, 0)).isEqualTo(100_000);
    assertThat(harness.sockets.budget().usedBytes()).isLessThan(6 << 20);
    slow.resume();
    List<String> slowReceived = slow.received();
    assertThat(slowReceived).filteredOn(text -> GAP.matcher(text).matches()).hasSize(1);
    assertThat(accountFor(slowReceived, 0)).isEqualTo(100_000);
    assertThat(slowReceived.size()).isBetween(10_000, 60_000);
    publishLines(1, 1);
    assertThat(slow.received()).singleElement().asString().contains("line 100000 ");
  }

  @Test
  void otherEventsKeepTheirPlaceAmongTheLines() {
    SocketHarness.Connection slow = harness.connected(OWNER);
    slow.stalled = true;
    publishLines(10, 1000);
    harness.server.become(ServerState.STARTING);
    publishLines(1, 1);
    harness.server.become(ServerState.RUNNING);
    publishLines(100, 1000);
    harness.server.become(ServerState.STOPPING);

    slow.resume();

    List<String> received = slow.received();
    assertThat(received)
        .filteredOn(text -> text.startsWith("status"))
        .containsExactly("status [starting]", "status [running]", "status [stopping]");
    assertThat(received.getLast()).isEqualTo("status [stopping]");
    assertThat(accountFor(received, 0)).isEqualTo(110_001);
  }

  @Test
  void eventsBetweenLinesAreDeliveredInOrderToAReaderThatKeepsUp() {
    SocketHarness.Connection client = harness.connected(OWNER);
    harness.server.events().publish(new ServerEvent.ConsoleOutput(List.of("a"), 0));
    harness.server.become(ServerState.STARTING);
    harness.server.events().publish(new ServerEvent.ConsoleOutput(List.of("b"), 0));
    harness.server.events().publish(new ServerEvent.DaemonMessage("c"));
    harness.server.events().publish(new ServerEvent.ConsoleOutput(List.of("d"), 0));

    assertThat(client.received())
        .containsExactly(
            "console output [a]",
            "status [starting]",
            "console output [b]",
            "daemon message [c]",
            "console output [d]");
  }

  @Test
  void ofStatisticsOnlyTheNewestWaits() {
    SocketHarness.Connection slow = harness.connected(OWNER);
    slow.stalled = true;
    publishLines(20, 1000);
    for (int i = 0; i < 50; i++) {
      harness.server.become(ResourceUsage.idle(ServerState.RUNNING, i));
      harness.run();
    }

    slow.resume();

    assertThat(slow.received())
        .filteredOn(text -> text.startsWith("stats"))
        .singleElement()
        .asString()
        .contains("\"disk_bytes\":49,");
  }

  @Test
  void aReaderThatTakesNothingIsDroppedEvenWhenItTalks() {
    SocketHarness.Connection dead = harness.connected(OWNER);
    dead.stalled = true;
    int ticks = 0;
    while (dead.channel.isOpen() && ticks < 20) {
      publishLines(20, 1000);
      harness.advance(Duration.ofSeconds(30));
      ticks++;
      if (dead.channel.isOpen()) {
        dead.sendFrame(new PongWebSocketFrame());
      }
    }

    assertThat(ticks).isBetween(2, 4);
    assertThat(harness.server.events().hasSubscribers()).isFalse();
  }

  @Test
  void aReaderThatOnlyAsksIsDroppedBeforeItFillsTheMemory() {
    SocketHarness.Connection dead = harness.connected(OWNER);
    dead.stalled = true;
    String ping = "{\"event\":\"ping\",\"args\":[\"" + "x".repeat(100_000) + "\"]}";
    int sent = 0;
    while (dead.channel.isOpen() && sent < 1000) {
      harness.time.advance(Duration.ofMillis(50));
      dead.channel.writeInbound(new TextWebSocketFrame(ping));
      sent++;
    }

    assertThat(sent).isBetween(40, 60);
  }

  @Test
  void linesThatWaitAreNotSentWhenTheRightIsGone() {
    SocketHarness.Connection slow = harness.connected(OWNER);
    slow.stalled = true;
    publishLines(30, 1000);
    harness.accessControl.push(
        harness.server,
        SocketHarness.USER,
        List.of("websocket.connect", "meta.calagopus"),
        List.of());

    slow.resume();

    List<String> received = slow.received();
    assertThat(received.size()).as("only what the network had already").isLessThan(7000);
    assertThat(received.getLast()).startsWith("daemon message [\u001b[1;41m");
  }

  @Test
  void aHubThatIsNotServedLosesTheOldestLinesAndCountsThem() {
    SocketHarness.Connection client = harness.connected(OWNER);
    for (int batch = 0; batch < 2000; batch++) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        lines.add("line " + published++ + " " + "x".repeat(80));
      }
      harness.server.events().publish(new ServerEvent.ConsoleOutput(lines, 0));
    }

    List<String> received = client.received();

    assertThat(received).filteredOn(text -> GAP.matcher(text).matches()).hasSize(1);
    assertThat(accountFor(received, 0)).isEqualTo(200_000);
  }
}
