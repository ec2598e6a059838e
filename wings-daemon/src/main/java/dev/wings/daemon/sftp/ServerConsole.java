package dev.wings.daemon.sftp;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.permission.Permission;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.ServerState;
import dev.wings.core.server.Server;
import dev.wings.core.usage.ResourceUsage;
import dev.wings.sftp.shell.ConsoleEvent;
import dev.wings.sftp.shell.ConsoleRight;
import dev.wings.sftp.shell.GameConsole;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// The console of a server for one user.
final class ServerConsole implements GameConsole {
  private final Member member;
  private final Server server;
  private final LiveConfig config;
  private final String version;

  ServerConsole(Member member, LiveConfig config, String version) {
    this.member = member;
    this.server = member.server();
    this.config = config;
    this.version = version;
  }

  @Override
  public String productName() {
    return config.current().appName();
  }

  @Override
  public String commandPrefix() {
    String name = config.current().system().sftp().shell().cli().name();
    return name.isBlank() ? ".wings" : name; // otherwise every line would be for the daemon
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public boolean allows(ConsoleRight right) {
    return switch (right) {
      case CONNECT -> member.may(Permission.WEBSOCKET_CONNECT);
      case READ -> member.mayOrDefault(Permission.CONTROL_READ_CONSOLE);
      case COMMAND -> member.may(Permission.CONTROL_CONSOLE);
      case START -> member.may(Permission.CONTROL_START);
      case STOP -> member.may(Permission.CONTROL_STOP);
      case RESTART -> member.may(Permission.CONTROL_RESTART);
      case SEE_INSTALLATION -> member.may(Permission.ADMIN_WEBSOCKET_INSTALL);
      case SEE_ERRORS -> member.may(Permission.ADMIN_WEBSOCKET_ERRORS);
      case ARCHIVE -> member.may(Permission.FILE_ARCHIVE);
      case CREATE_FILES -> member.may(Permission.FILE_CREATE);
    };
  }

  @Override
  public ServerState state() {
    return server.state();
  }

  @Override
  public List<String> backlog() {
    var current = config.current();
    return server.state() == ServerState.OFFLINE && !current.api().sendOfflineServerLogs()
        ? List.of()
        : server.backlog(Math.max(0, current.system().websocketLogCount()));
  }

  @Override
  public Subscription subscribe(Consumer<ConsoleEvent> listener) {
    EventBus.Subscription subscription =
        server.events().subscribe(event -> translate(event).ifPresent(listener));
    return subscription::close;
  }

  private Optional<ConsoleEvent> translate(ServerEvent event) {
    return switch (event) {
      case ServerEvent.ConsoleOutput(List<String> lines, long skipped) ->
          Optional.of(new ConsoleEvent.Output(lines, skipped));
      case ServerEvent.DaemonMessage(String text) -> Optional.of(new ConsoleEvent.Notice(text));
      case ServerEvent.StateChanged(ServerState state) ->
          Optional.of(new ConsoleEvent.StateChanged(state));
      case ServerEvent.InstallOutput(List<String> lines) ->
          Optional.of(new ConsoleEvent.Installation(lines));
      case ServerEvent.Targeted targeted when isFor(targeted) -> shown(targeted);
      default -> Optional.empty(); // numbers and progress, which a terminal has no place for
    };
  }

  private boolean isFor(ServerEvent.Targeted message) {
    return (message.users().isEmpty() || message.users().contains(member.user()))
        && message.permissions().stream()
            .allMatch(name -> Permission.fromWire(name).map(member::may).orElse(false));
  }

  private static Optional<ConsoleEvent> shown(ServerEvent.Targeted message) {
    return switch (message.event()) {
      case "console output" -> Optional.of(new ConsoleEvent.Output(message.args(), 0));
      case "daemon message" ->
          Optional.of(new ConsoleEvent.Notice(String.join(" ", message.args())));
      case "install output" -> Optional.of(new ConsoleEvent.Installation(message.args()));
      default -> Optional.empty();
    };
  }

  @Override
  public void command(String line) {
    server.sendCommand(line, member.actor());
  }

  @Override
  public CompletableFuture<Void> power(PowerAction action) {
    return server.power(PowerRequest.checked(action, member.actor()));
  }

  @Override
  public ResourceUsage usage() {
    return server.usage();
  }

  @Override
  public long diskLimitBytes() {
    return server.volume().limitBytes();
  }

  @Override
  public long cpuLimitPercent() {
    return server.definition().settings().build().cpuLimit();
  }

  @Override
  public long memoryLimitBytes() {
    return server.definition().settings().build().memoryLimit() << 20;
  }
}
