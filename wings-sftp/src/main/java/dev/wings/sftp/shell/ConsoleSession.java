package dev.wings.sftp.shell;

import dev.wings.core.WingsException;
import dev.wings.core.power.ServerState;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An open console (`sftp.md` 14).
final class ConsoleSession implements Shell.Session {
  private static final Logger log = LoggerFactory.getLogger(ConsoleSession.class);
  private static final byte INTERRUPT = 0x03;

  private final GameConsole console;
  private final Shell.Terminal terminal;
  private final Screen screen;
  private final CommandLine commands;
  private final GameConsole.Subscription subscription;
  private @Nullable ProgramDialogue programs; // calls of input come one at a time

  ConsoleSession(GameConsole console, Shell.Terminal terminal) {
    this.console = console;
    this.terminal = terminal;
    this.screen = new Screen(terminal);
    this.commands = new CommandLine(console, screen);
    this.subscription = begin();
  }

  /// What happens while the backlog is printed comes after it.
  private GameConsole.Subscription begin() {
    List<String> backlog = mayRead() ? backlog() : List.of();
    GameConsole.Subscription[] begun = new GameConsole.Subscription[1];
    screen.alone(() -> {
      begun[0] = console.subscribe(this::show);
      screen.print(state(console.state()));
      screen.print(backlog);
      if (!mayRead()) {
        screen.print(
            Texts.daemon(console, Texts.error("You may not read the console of this server.")));
      }
    });
    return begun[0];
  }

  private List<String> backlog() {
    try {
      return console.backlog();
    } catch (WingsException failure) {
      return List.of(Texts.daemon(console, Texts.failure(failure, console)));
    }
  }

  private String state(ServerState state) {
    return Texts.daemon(console, "Server marked as " + state.wireName() + ".");
  }

  private boolean mayRead() {
    return console.allows(ConsoleRight.CONNECT) && console.allows(ConsoleRight.READ);
  }

  private void show(ConsoleEvent event) {
    switch (event) {
      case ConsoleEvent.Output(List<String> lines, long skipped) -> {
        if (mayRead()) {
          if (skipped > 0) {
            screen.print(Texts.daemon(console, Texts.skipped(skipped)));
          }
          screen.print(lines);
        }
      }
      case ConsoleEvent.Notice(String text) -> {
        if (mayRead()) {
          screen.print(Texts.daemon(console, text));
        }
      }
      case ConsoleEvent.StateChanged(ServerState state) -> {
        if (console.allows(ConsoleRight.CONNECT)) {
          screen.print(state(state));
        }
      }
      case ConsoleEvent.Installation(List<String> lines) -> {
        if (console.allows(ConsoleRight.CONNECT) && console.allows(ConsoleRight.SEE_INSTALLATION)) {
          screen.print(lines);
        }
      }
    }
  }

  @Override
  public void input(byte[] bytes) {
    if (bytes.length == 1 && bytes[0] == INTERRUPT) {
      terminal.disconnect();
      return;
    }
    for (String line : screen.type(bytes)) {
      try {
        submit(line);
      } catch (RuntimeException failure) { // a defect must not end the session without a word
        if (Texts.internal(failure)) {
          log.atError().setCause(failure).log("a line of a shell failed");
        }
        screen.print(Texts.daemon(console, Texts.failure(failure, console)));
      }
    }
  }

  private void submit(String line) {
    if (programs == null && ProgramDialogue.beginsWith(line)) {
      subscription.close(); // what the game prints would look like answers
      screen.forPrograms();
      programs = new ProgramDialogue(screen);
    }
    if (programs != null) {
      programs.answer(line);
      return;
    }
    if (!console.allows(ConsoleRight.CONNECT)) {
      screen.print(Texts.daemon(console, Texts.missing(ConsoleRight.CONNECT)));
      return;
    }
    String prefix = console.commandPrefix();
    if (line.startsWith(prefix)) {
      commands.run(line.substring(prefix.length()).strip());
      return;
    }
    ConsoleCommand.send(console, line).ifPresent(text -> screen.print(Texts.daemon(console, text)));
  }

  @Override
  public void close() {
    subscription.close();
  }
}
