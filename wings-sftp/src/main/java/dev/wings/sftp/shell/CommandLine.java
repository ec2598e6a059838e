package dev.wings.sftp.shell;

import dev.wings.core.power.PowerAction;
import dev.wings.core.usage.ResourceUsage;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The commands for the daemon itself (`sftp.md` 14).
final class CommandLine {
  private static final Logger log = LoggerFactory.getLogger(CommandLine.class);
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private final GameConsole console;
  private final Screen screen;

  CommandLine(GameConsole console, Screen screen) {
    this.console = console;
    this.screen = screen;
  }

  /// Runs what stands behind the prefix.
  void run(String command) {
    if (command.startsWith("help")) {
      help();
    } else if (command.startsWith("version")) {
      say("Version " + console.version());
    } else if (command.startsWith("power")) {
      power(command.substring("power".length()).strip());
    } else if (command.startsWith("stats")) {
      screen.print(stats().stream().map(line -> Texts.daemon(console, line)).toList());
    } else {
      say("There is no such command. Use " + console.commandPrefix() + " help to see them all.");
    }
  }

  private void say(String text) {
    screen.print(Texts.daemon(console, text));
  }

  private void help() {
    String name = console.commandPrefix();
    screen.print(
        List.of(
            Texts.daemon(console, "Commands:"),
            Texts.daemon(console, "  " + name + " help     shows this"),
            Texts.daemon(console, "  " + name + " version  shows the version of the daemon"),
            Texts.daemon(console, "  " + name + " power    start|stop|restart|kill"),
            Texts.daemon(console, "  " + name + " stats    shows what the server uses")));
  }

  private void power(String argument) {
    Optional<PowerAction> action = PowerAction.fromWire(argument);
    if (action.isEmpty()) {
      say("Usage: " + console.commandPrefix() + " power start|stop|restart|kill");
      return;
    }
    ConsoleRight right = right(action.get());
    if (!console.allows(right)) {
      screen.print(Texts.daemon(console, Texts.missing(right)));
      return;
    }
    console
        .power(action.get())
        .whenComplete((_, failure) -> {
          if (failure != null) {
            report(action.get(), Texts.unwrap(failure));
          }
        });
  }

  private static ConsoleRight right(PowerAction action) {
    return switch (action) {
      case START -> ConsoleRight.START;
      case STOP, KILL -> ConsoleRight.STOP;
      case RESTART -> ConsoleRight.RESTART;
    };
  }

  private void report(PowerAction action, Throwable failure) {
    if (Texts.internal(failure)) {
      log.atError()
          .addKeyValue("action", action.wireName())
          .setCause(failure)
          .log("power action of a shell failed");
    }
    screen.print(Texts.daemon(console, Texts.failure(failure, console)));
  }

  private List<String> stats() {
    ResourceUsage usage = console.usage();
    long cpu = console.cpuLimitPercent();
    return List.of(
        "CPU:     "
            + String.format(Locale.ROOT, "%.2f%%", usage.cpuAbsolute())
            + " / "
            + (cpu > 0 ? cpu + "%" : "Unlimited"),
        "Memory:  " + share(usage.memoryBytes(), console.memoryLimitBytes()),
        "Disk:    " + share(usage.diskBytes(), console.diskLimitBytes()),
        "Network: " + size(usage.rxBytes()) + " received, " + size(usage.txBytes()) + " sent");
  }

  private static String share(long used, long limit) {
    if (limit <= 0) {
      return size(used) + " / Unlimited";
    }
    return size(used)
        + " / "
        + size(limit)
        + String.format(Locale.ROOT, " (%.2f%%)", used * 100.0 / limit);
  }

  static String size(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.2f %s", value, UNITS[unit]);
  }
}
