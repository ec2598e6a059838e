package dev.wings.daemon.ws;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.activity.Actor;
import dev.wings.core.collab.CollabBudget;
import dev.wings.core.collab.CollabClient;
import dev.wings.core.collab.CollabConnection;
import dev.wings.core.collab.CollabErrors;
import dev.wings.core.collab.CollabEvents;
import dev.wings.core.collab.Person;
import dev.wings.core.permission.Permission;
import dev.wings.core.server.Server;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one connection does in the collaborative editing of files (`websocket.md` 1.10). Messages
/// are checked on the connection's event loop and carried out in order on a virtual thread; answers
/// come back over the event loop. A client that may not have a message, or does not keep up, is
/// told to begin anew when it can.
final class SocketCollab implements CollabClient {
  private static final Logger log = LoggerFactory.getLogger(SocketCollab.class);
  private static final int MAX_QUEUED_WEIGHT = 4 << 20;
  private static final int MESSAGE_WEIGHT = 256;

  private final ConsoleSocket socket;
  private final Server server;
  private final ConsoleSockets sockets;
  private final SerialTasks tasks;
  private @Nullable CollabConnection connection;
  private @Nullable Future<?> ticks;
  private boolean missed;
  private boolean closed;

  SocketCollab(ConsoleSocket socket, Server server, ConsoleSockets sockets) {
    this.socket = socket;
    this.server = server;
    this.sockets = sockets;
    this.tasks = new SerialTasks(sockets.waitingThreads(), MAX_QUEUED_WEIGHT);
  }

  @FunctionalInterface
  private interface Work {
    void run(CollabConnection connection) throws IOException, InterruptedException;
  }

  /// An action of the client.
  ///
  /// @param kind what follows `file collab` in its name
  void handle(String kind, List<String> arguments) {
    Permission needed =
        switch (kind) {
          case "subscribe", "unsubscribe", "awareness" -> Permission.FILE_READ_CONTENT;
          case "update", "save", "reload" -> Permission.FILE_UPDATE;
          default -> null; // an event of the other direction
        };
    if (arguments.isEmpty() || needed == null || closed) {
      return;
    }
    String path = arguments.getFirst();
    if (!socket.session().mayDo(needed)) {
      socket.send(CollabEvents.ERROR, List.of(path, CollabErrors.MISSING_PERMISSION));
    } else if (!sockets.collaborations().settings().enabled()) {
      socket.send(CollabEvents.ERROR, List.of(path, CollabErrors.DISABLED));
    } else {
      act(kind, path, arguments);
    }
  }

  private void act(String kind, String path, List<String> arguments) {
    String second = argument(arguments, 1);
    String third = argument(arguments, 2);
    Person person = socket.session().person();
    switch (kind) {
      case "subscribe" -> run(path, 0, to -> to.subscribe(path, orEmpty(second), person));
      case "unsubscribe" -> run(path, 0, to -> to.unsubscribe(path, orEmpty(second)));
      case "update" -> {
        if (second != null && third != null) {
          String editor = orEmpty(argument(arguments, 3));
          run(path, third.length(), to -> to.update(path, second.equals("1"), third, editor));
        }
      }
      case "awareness" -> {
        if (second != null) {
          run(path, second.length(), to -> to.awareness(path, second));
        }
      }
      case "save" -> {
        Actor actor = new Actor(person.user(), socket.clientAddress(), /* schedule= */ null);
        String expected = third == null || third.isEmpty() ? null : third;
        run(path, 0, to -> to.save(path, "1".equals(second), expected, actor));
      }
      case "reload" -> run(path, 0, to -> to.reload(path));
      default -> throw new IllegalArgumentException("kind: " + kind);
    }
  }

  private static @Nullable String argument(List<String> arguments, int index) {
    return index < arguments.size() ? arguments.get(index) : null;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private void run(String path, int weight, Work work) {
    CollabConnection joined = joined();
    CollabBudget budget = sockets.collaborations().budget();
    int bytes = MESSAGE_WEIGHT + weight;
    budget.add(bytes);
    Runnable task =
        () -> {
          try {
            carryOut(joined, path, work);
          } finally {
            budget.add(-bytes);
          }
        };
    if ((budget.exhausted() && tasks.busy()) || !tasks.submit(bytes, task)) {
      budget.add(-bytes);
      missed = true; // a change may be lost with it
    }
  }

  private void carryOut(CollabConnection joined, String path, Work work) {
    try {
      work.run(joined);
    } catch (WingsException refused) {
      if (refused.kind() == ErrorKind.INTERNAL) {
        unexpected(path, refused);
      } else {
        send(CollabEvents.ERROR, List.of(path, String.valueOf(refused.getMessage())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException failure) {
      unexpected(path, failure);
    }
  }

  private void unexpected(String path, Exception failure) {
    log.atWarn()
        .addKeyValue("server", server.id())
        .setCause(failure)
        .log("collaborative editing of a file failed");
    send(CollabEvents.ERROR, List.of(path, CollabErrors.UNEXPECTED));
  }

  /// The connection's part, which begins with its first message.
  private CollabConnection joined() {
    if (connection == null) {
      connection = sockets.collaborations().connect(server, this);
      ticks = socket.eventLoop().scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
    }
    return connection;
  }

  private void tick() {
    sockets.collaborations().tick(server, sockets.waitingThreads());
    catchUp();
  }

  /// The client has shown a token.
  void authenticated() {
    catchUp();
  }

  private void catchUp() {
    CollabConnection joined = connection;
    if (missed && joined != null && mayReceive() && !socket.crowded()) {
      missed = false;
      tasks.force(joined::resync);
    }
  }

  private boolean mayReceive() {
    return socket.session().messageAccess() == SocketSession.GRANTED
        && socket.session().mayDo(Permission.FILE_READ_CONTENT);
  }

  /// From any thread.
  @Override
  public void send(String event, List<String> arguments) {
    try {
      socket.eventLoop().execute(() -> deliver(event, arguments));
    } catch (RejectedExecutionException shutdown) {
      log.atDebug().log("message to an editor came after shutdown");
    }
  }

  private void deliver(String event, List<String> arguments) {
    if (closed) {
      return;
    }
    if (mayReceive() && !socket.crowded()) {
      socket.send(event, arguments);
    } else {
      missed = true;
    }
  }

  /// The connection is gone.
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (ticks != null) {
      ticks.cancel(/* mayInterruptIfRunning= */ false);
    }
    CollabConnection joined = connection;
    if (joined != null) {
      tasks.force(joined::close);
      afterGrace(sockets.collaborations().settings().sessionGracePeriod());
    }
  }

  /// Somebody has to look whether the sessions that were left are over.
  private void afterGrace(long seconds) {
    EventLoop loop = socket.eventLoop();
    Runnable look = () -> sockets.collaborations().tick(server, sockets.waitingThreads());
    try {
      loop.schedule(look, seconds + 2, TimeUnit.SECONDS); // ends the sessions
      loop.schedule(look, seconds + 4, TimeUnit.SECONDS); // lets go of a server without any
    } catch (RejectedExecutionException shutdown) {
      log.atDebug().log("editing ended after shutdown");
    }
  }
}
