package dev.wings.daemon.ws;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import dev.wings.core.permission.Permission;
import dev.wings.core.power.PowerAction;
import dev.wings.core.power.PowerRequest;
import dev.wings.core.power.ServerState;
import dev.wings.core.server.Server;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an authenticated client can ask for (`websocket.md` 1.7). Called on the connection's event
/// loop; whatever may wait runs on a virtual thread, in the order in which the client asked.
final class InboundActions {
  private static final Logger log = LoggerFactory.getLogger(InboundActions.class);
  private static final String COLLAB = "file collab ";

  private final ConsoleSocket socket;
  private final Server server;
  private final ConsoleSockets sockets;
  private final SerialTasks tasks;
  private final RateLimit commandRate;
  private final RateLimit powerRate;
  private final RateLimit logRate;
  private final RateLimit queueNotice;

  InboundActions(ConsoleSocket socket, Server server, ConsoleSockets sockets) {
    this.socket = socket;
    this.server = server;
    this.sockets = sockets;
    this.tasks = new SerialTasks(sockets.waitingThreads());
    this.commandRate = new RateLimit(sockets.nanos(), 1000, 2000);
    this.powerRate = new RateLimit(sockets.nanos(), 20, 100);
    this.logRate = new RateLimit(sockets.nanos(), 10, 50);
    this.queueNotice = new RateLimit(sockets.nanos(), 0.1, 1);
  }

  void handle(InboundMessage message) {
    switch (message.event()) {
      case "configure socket" -> configure(message.arguments());
      case "set state" -> setState(message);
      case "send command" -> sendCommand(message);
      case "send logs" -> sendLogs();
      case "send stats" -> sendStats();
      case "send status" -> socket.send(EventNames.STATUS, List.of(server.state().wireName()));
      case "ping" -> socket.send(EventNames.PONG, message.arguments());
      default -> {
        if (message.event().startsWith(COLLAB)) {
          socket.collab().handle(message.event().substring(COLLAB.length()), message.arguments());
        } // other known names mean nothing in this direction
      }
    }
  }

  private void configure(List<String> arguments) {
    if (arguments.size() < 2 || !arguments.getFirst().equals("transmission mode")) {
      return;
    }
    switch (arguments.get(1)) {
      case "binary" -> socket.format(WireFormat.BINARY);
      case "text" -> socket.format(WireFormat.TEXT);
      default -> {
        // anything else is ignored
      }
    }
  }

  private void sendStats() {
    socket.send(EventNames.STATS, List.of(UsageJson.of(server.usage())));
    socket.send(EventNames.PENDING_RESTART, List.of(String.valueOf(server.pendingRestart())));
  }

  private void setState(InboundMessage message) {
    String name = message.first();
    PowerAction action = name == null ? null : PowerAction.fromWire(name).orElse(null);
    if (action == null || !socket.session().mayDo(permission(action))) {
      return;
    }
    if (!powerRate.take(1)) {
      socket.tooMany(powerRate);
      return;
    }
    PowerRequest request = PowerRequest.checked(action, actor());
    run(
        64,
        () ->
            server
                .power(request)
                .whenComplete((_, failure) -> {
                  if (failure != null) {
                    report(Notices.unwrap(failure));
                  }
                }));
  }

  private static Permission permission(PowerAction action) {
    return switch (action) {
      case START -> Permission.CONTROL_START;
      case STOP, KILL -> Permission.CONTROL_STOP;
      case RESTART -> Permission.CONTROL_RESTART;
    };
  }

  private void sendCommand(InboundMessage message) {
    String command = message.first();
    if (command == null || !socket.session().mayDo(Permission.CONTROL_CONSOLE)) {
      return;
    }
    if (!commandRate.take(1)) {
      socket.tooMany(commandRate);
      return;
    }
    Actor actor = actor();
    run(
        64 + 2 * command.length(),
        () -> {
          try {
            server.sendCommand(command, actor);
          } catch (WingsException refused) {
            if (refused.kind() == ErrorKind.IMPOSSIBLE) { // no process: nothing happens
              log.atDebug().addKeyValue("server", server.id()).log("command without a process");
            } else {
              report(refused);
            }
          }
        });
  }

  private void sendLogs() {
    if (!socket.session().mayReadConsole()) {
      return;
    }
    if (!logRate.take(1)) {
      socket.tooMany(logRate);
      return;
    }
    run(
        64,
        () -> {
          if (server.state() == ServerState.OFFLINE && !sockets.settings().offlineLogs()) {
            return;
          }
          List<String> lines =
              server.backlog(sockets.settings().logLines()).stream().map(String::strip).toList();
          onLoop(() -> {
            if (socket.session().mayReadConsole()) {
              socket.sendLines(lines);
            }
          });
        });
  }

  private Actor actor() {
    return new Actor(
        socket.session().user().orElseThrow(), socket.clientAddress(), /* schedule= */ null);
  }

  private void run(int weight, Runnable work) {
    boolean queued =
        tasks.submit(
            weight,
            () -> {
              try {
                work.run();
              } catch (RuntimeException failure) {
                report(failure);
              }
            });
    if (!queued) {
      // told once in a while
      if (queueNotice.take(1)) {
        socket.send(EventNames.DAEMON_MESSAGE, List.of(Notices.TOO_MANY));
      }
    }
  }

  /// Tells the person who asked that it failed; internal failures are logged as well.
  private void report(Throwable failure) {
    if (Notices.internal(failure)) {
      log.atError()
          .addKeyValue("server", server.id())
          .setCause(failure)
          .log("action of a websocket failed");
    }
    onLoop(() ->
        socket.send(
            EventNames.DAEMON_MESSAGE,
            List.of(
                Notices.failure(
                    failure, socket.session().mayDo(Permission.ADMIN_WEBSOCKET_ERRORS)))));
  }

  private void onLoop(Runnable task) {
    EventExecutor loop = socket.eventLoop();
    try {
      loop.execute(task);
    } catch (RejectedExecutionException shutdown) {
      log.atDebug().log("answer for a websocket came after shutdown");
    }
  }
}
