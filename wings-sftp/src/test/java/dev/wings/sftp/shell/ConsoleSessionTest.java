package dev.wings.sftp.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.wings.core.WingsException;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.ServerState;
import dev.wings.core.testing.Proves;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleSessionTest {
  private final FakeConsole console = new FakeConsole();
  private final FakeTerminal terminal = new FakeTerminal();

  private ConsoleSession open() {
    return new ConsoleSession(console, terminal);
  }

  private ConsoleSession type(String text) {
    ConsoleSession session = open();
    session.input(text.getBytes(UTF_8));
    return session;
  }

  private static ConsoleEvent output(String... lines) {
    return new ConsoleEvent.Output(List.of(lines), /* skipped= */ 0);
  }

  @Test
  void beginsWithTheStateAndTheLastLines() {
    console.backlog = List.of("old 1", "old 2");

    open();

    assertThat(terminal.text())
        .isEqualTo("[Wings Daemon]: Server marked as running.\r\nold 1\r\nold 2\r\n");
  }

  @Test
  void daemonTextsCarryTheNameInBoldYellow() {
    open();

    assertThat(terminal.sent()).startsWith("\u001b[1;33m[Wings Daemon]:\u001b[0m Server marked");
  }

  @Test
  void eachLineIsFollowedByAnErasedOne() {
    open();
    console.happen(output("hello"));

    assertThat(terminal.sent()).endsWith("hello\r\n\u001b[2K");
  }

  @Test
  void outputGoesAboveTheLineThatIsBeingTyped() {
    type("sa");
    console.happen(output("hello"));

    assertThat(terminal.rowsShown()).endsWith("hello", "sa");
    assertThat(terminal.column()).isEqualTo(2);
  }

  @Test
  void aColourThatTheGameLeftOnDoesNotReachTheNextLine() {
    open();
    console.happen(output("\u001b[31mred"));

    assertThat(terminal.sent()).endsWith("\u001b[31mred\u001b[0m\r\n\u001b[2K");
  }

  @Test
  void showsWhatHappens() {
    open();
    console.happen(new ConsoleEvent.StateChanged(ServerState.STOPPING));
    console.happen(new ConsoleEvent.Notice("be warned"));
    console.happen(new ConsoleEvent.Installation(List.of("unpacking")));
    console.happen(new ConsoleEvent.Output(List.of("line"), /* skipped= */ 3));

    assertThat(terminal.text())
        .contains(
            "[Wings Daemon]: Server marked as stopping.",
            "[Wings Daemon]: be warned",
            "unpacking",
            "3 lines of output were skipped",
            "line");
  }

  @Test
  @Proves("SF-04")
  void withoutTheRightNothingOfTheConsoleIsShown() {
    console.backlog = List.of("secret 1");
    console.without(ConsoleRight.READ).without(ConsoleRight.SEE_INSTALLATION);

    open();
    console.happen(output("secret 2"));
    console.happen(new ConsoleEvent.Notice("secret 3"));
    console.happen(new ConsoleEvent.Installation(List.of("secret 4")));

    assertThat(terminal.text()).doesNotContain("secret").contains("may not read the console");
  }

  @Test
  @Proves("SF-04")
  void aRightThatIsTakenAwayCountsAtOnce() {
    ConsoleSession session = open();
    console.rights.clear();

    console.happen(output("secret"));
    console.happen(new ConsoleEvent.StateChanged(ServerState.OFFLINE));
    session.input("say hi\r.wings power stop\r".getBytes(UTF_8));

    assertThat(terminal.text()).doesNotContain("secret", "offline").contains("websocket.connect");
    assertThat(console.commands).isEmpty();
    assertThat(console.actions).isEmpty();
  }

  @Test
  void aLineIsSentToTheGame() {
    type("say hi\r");

    assertThat(console.commands).containsExactly("say hi");
  }

  @Test
  @Proves("SF-04")
  void aLineNeedsTheRightToSendCommands() {
    console.without(ConsoleRight.COMMAND);

    type("say hi\r");

    assertThat(console.commands).isEmpty();
    assertThat(terminal.text()).contains("control.console");
  }

  @Test
  void anOfflineServerGetsNoLine() {
    console.state = ServerState.OFFLINE;

    type("say hi\r");

    assertThat(console.commands).isEmpty();
    assertThat(terminal.text()).contains("The server is offline");
  }

  @Test
  void theInterruptKeyAloneEndsTheConnection() {
    ConsoleSession session = open();
    session.input("a\u0003b".getBytes(UTF_8));
    assertThat(terminal.disconnected()).isFalse();

    session.input(new byte[] {3});

    assertThat(terminal.disconnected()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "start,START,control.start",
    "stop,STOP,control.stop",
    "restart,RESTART,control.restart",
    "kill,STOP,control.stop"
  })
  @Proves("SF-04")
  void powerActionsNeedTheirRight(String action, ConsoleRight right, String permission) {
    type(".wings power " + action + "\r");
    assertThat(console.actions).containsExactly(PowerAction.fromWire(action).orElseThrow());

    console.without(right);
    type(".wings power " + action + "\r");

    assertThat(console.actions).hasSize(1);
    assertThat(terminal.text()).contains(permission);
    assertThat(console.commands).isEmpty();
  }

  @Test
  void tellsWhyAPowerActionWasRefused() {
    console.failure = WingsException.impossible("server is suspended");

    type(".wings power start\r");

    assertThat(terminal.text()).contains("server is suspended");
  }

  @Test
  void onlyAdministratorsSeeInternalErrors() {
    console.failure = new IllegalStateException("socket 17 is broken");
    console.without(ConsoleRight.SEE_ERRORS);
    type("say\r.wings power stop\r");
    assertThat(terminal.text()).doesNotContain("socket 17").contains("unexpected error");

    console.rights.add(ConsoleRight.SEE_ERRORS);
    type("say\r");

    assertThat(terminal.text()).contains("socket 17");
  }

  @ParameterizedTest
  @ValueSource(strings = {".wings power", ".wings power dance", ".wingspower now"})
  void anythingElseShowsHowPowerIsUsed(String line) {
    type(line + "\r");

    assertThat(terminal.text()).contains("Usage: .wings power start|stop|restart|kill");
  }

  @Test
  void answersTheOtherCommands() {
    type(".wings help\r");
    assertThat(terminal.text()).contains("version", "power", "stats");

    type(".wings version\r");
    assertThat(terminal.text()).contains("1.2.3");

    type(".wings stats\r");
    assertThat(terminal.text())
        .contains(
            "12.50% / 150%",
            "512.00 MiB / 1.00 GiB (50.00%)",
            "3.00 GiB / Unlimited",
            "2.00 KiB received, 1.00 MiB sent");

    type(".wings what\r");
    assertThat(terminal.text()).contains("Use .wings help");
    assertThat(console.commands).isEmpty();
  }

  @Test
  void aSlowClientLosesLinesAndIsTold() {
    open();
    terminal.full(true);
    console.happen(output("lost 1", "lost 2"));
    console.happen(output("lost 3"));
    terminal.full(false);

    console.happen(output("seen"));
    console.happen(output("again"));

    assertThat(terminal.text())
        .doesNotContain("lost")
        .containsOnlyOnce("3 lines of output were skipped")
        .endsWith("for this connection.\r\nseen\r\nagain\r\n");
  }

  @Test
  void winScpFindsAShellAndTheGameHearsNothing() {
    ConsoleSession session = type("echo \"WinSCP: this is end-of-file:0\"\n");
    assertThat(terminal.text()).endsWith("\r\nWinSCP: this is end-of-file:0\r\n");
    int before = terminal.text().length();

    console.happen(output("noise"));
    session.input("cd \"/\" ; echo \"WinSCP: this is end-of-file:$?\"\n".getBytes(UTF_8));
    session.input("rm -rf /\n".getBytes(UTF_8));
    session.input("echo \"WinSCP: this is end-of-file:$?\"\n".getBytes(UTF_8));

    assertThat(terminal.text().substring(before))
        .isEqualTo("WinSCP: this is end-of-file:127\r\nWinSCP: this is end-of-file:0\r\n");
    assertThat(console.commands).isEmpty();
  }

  @Test
  void nothingIsHeldOnToAfterTheEnd() {
    ConsoleSession session = open();
    session.close();
    session.close();

    assertThat(console.listeners).isEmpty();
  }
}
