package dev.wings.sftp.shell;

import static java.util.Objects.requireNonNull;

import dev.wings.core.WingsException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The shell that users of a game server get: its console, and never anything of the host.
public final class ConsoleShell implements Shell {
  private static final Logger log = LoggerFactory.getLogger(ConsoleShell.class);

  private final GameConsole console;
  private final ArchiveCommands archives;

  public ConsoleShell(GameConsole console, ArchiveCommands archives) {
    this.console = requireNonNull(console, "console");
    this.archives = requireNonNull(archives, "archives");
  }

  @Override
  public Session open(Terminal terminal) {
    return new ConsoleSession(console, terminal);
  }

  @Override
  public int exec(String command, Terminal terminal) throws InterruptedException {
    try {
      return switch (ExecCommand.parse(command)) {
        case ExecCommand.Extract extract ->
            allowed(
                ConsoleRight.CREATE_FILES,
                terminal,
                () -> archives.extract(extract.archive(), extract.directory()));
        case ExecCommand.Create create ->
            allowed(
                ConsoleRight.ARCHIVE,
                terminal,
                () -> archives.create(create.directory(), create.archive(), create.paths()));
        case ExecCommand.Transfer(String program) -> {
          say(
              terminal,
              Texts.error(
                  program
                      + " cannot run here. Use SFTP: sftp, scp without -O, or any program that"
                      + " speaks SFTP."));
          yield 1;
        }
        case ExecCommand.Line(String text) -> {
          line(text, terminal);
          yield 0;
        }
      };
    } catch (WingsException | IOException failure) {
      return failed(failure, terminal);
    } catch (RuntimeException defect) {
      log.atError().setCause(defect).log("a command of a shell failed");
      return failed(defect, terminal);
    }
  }

  private void line(String text, Terminal terminal) {
    if (!console.allows(ConsoleRight.CONNECT)) {
      say(terminal, Texts.missing(ConsoleRight.CONNECT));
      return;
    }
    ConsoleCommand.send(console, text).ifPresent(refusal -> say(terminal, refusal));
  }

  /// Work on archives.
  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private int allowed(ConsoleRight right, Terminal terminal, Work work)
      throws IOException, InterruptedException {
    if (!console.allows(ConsoleRight.CONNECT) || !console.allows(right)) {
      say(terminal, Texts.missing(right));
      return 1;
    }
    work.run();
    return 0;
  }

  private int failed(Exception failure, Terminal terminal) {
    say(terminal, Texts.failure(failure, console));
    return 1;
  }

  private void say(Terminal terminal, String text) {
    terminal.print(Texts.daemon(console, text) + "\r\n");
  }
}
