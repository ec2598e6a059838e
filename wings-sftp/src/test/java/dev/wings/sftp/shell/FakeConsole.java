package dev.wings.sftp.shell;

import dev.wings.core.power.PowerAction;
import dev.wings.core.power.ServerState;
import dev.wings.core.usage.ResourceUsage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A game's console in memory.
final class FakeConsole implements GameConsole {
  final Set<ConsoleRight> rights = EnumSet.allOf(ConsoleRight.class);
  final List<String> commands = new ArrayList<>();
  final List<PowerAction> actions = new ArrayList<>();
  final List<Consumer<ConsoleEvent>> listeners = new CopyOnWriteArrayList<>();
  List<String> backlog = List.of();
  ServerState state = ServerState.RUNNING;
  @Nullable RuntimeException failure;

  FakeConsole without(ConsoleRight right) {
    rights.remove(right);
    return this;
  }

  void happen(ConsoleEvent event) {
    listeners.forEach(listener -> listener.accept(event));
  }

  @Override
  public String productName() {
    return "Wings";
  }

  @Override
  public String commandPrefix() {
    return ".wings";
  }

  @Override
  public String version() {
    return "1.2.3";
  }

  @Override
  public boolean allows(ConsoleRight right) {
    return rights.contains(right);
  }

  @Override
  public ServerState state() {
    return state;
  }

  @Override
  public List<String> backlog() {
    return backlog;
  }

  @Override
  public Subscription subscribe(Consumer<ConsoleEvent> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public void command(String line) {
    if (failure != null) {
      throw failure;
    }
    commands.add(line);
  }

  @Override
  public CompletableFuture<Void> power(PowerAction action) {
    actions.add(action);
    return failure == null
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(failure);
  }

  @Override
  public ResourceUsage usage() {
    return new ResourceUsage(
        512 << 20, 0, 3L << 30, state, 2048, 1, 1 << 20, 1, 12.5, 0, /* uptimeMillis= */ 5);
  }

  @Override
  public long diskLimitBytes() {
    return 0;
  }

  @Override
  public long cpuLimitPercent() {
    return 150;
  }

  @Override
  public long memoryLimitBytes() {
    return 1L << 30;
  }
}
