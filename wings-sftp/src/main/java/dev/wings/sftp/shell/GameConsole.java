package dev.wings.sftp.shell;

import dev.wings.core.power.PowerAction;
import dev.wings.core.power.ServerState;
import dev.wings.core.usage.ResourceUsage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// One user's view of the console of one game server: the port that [ConsoleShell] is built on.
/// Safe for use by many threads. Methods return at once unless they say otherwise; what fails with
/// a reason for the user fails with a [dev.wings.core.WingsException].
public interface GameConsole {
  /// Name of the product that speaks to users.
  String productName();

  /// What lines for the daemon itself begin with, such as `.wings`; never empty.
  String commandPrefix();

  /// Version of the daemon.
  String version();

  /// Asked whenever it matters, so that changed rights take effect at once.
  boolean allows(ConsoleRight right);

  ServerState state();

  /// The last lines of the console, oldest first; empty when they are not to be shown now. Blocks.
  List<String> backlog();

  /// Hands on everything that happens from now on, on the thread on which it happens.
  ///
  /// @param listener must return quickly
  Subscription subscribe(Consumer<ConsoleEvent> listener);

  /// Types one line into the console of the running game. Blocks.
  void command(String line);

  /// Asks for a power action; redundant ones are refused. The future ends as the action does.
  CompletableFuture<Void> power(PowerAction action);

  ResourceUsage usage();

  /// Limit of the disk in bytes, 0 for none.
  long diskLimitBytes();

  /// Limit of the CPU in percent of one core, 0 for none.
  long cpuLimitPercent();

  /// Limit of the memory in bytes, 0 for none.
  long memoryLimitBytes();

  /// Ends a subscription; idempotent.
  @FunctionalInterface
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
