package dev.wings.core.server;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.console.DaemonLines;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import java.util.List;

/// What the daemon says on a server's console (`websocket.md` 4.5).
final class ServerVoice {
  private final EventBus events;
  private final DaemonLines lines;

  ServerVoice(EventBus events, LiveConfig config) {
    this.events = events;
    lines = new DaemonLines(config);
  }

  /// A line among the lines of the process, with the daemon's prefix.
  void line(String text) {
    events.publish(new ServerEvent.ConsoleOutput(List.of(lines.prefixed(text)), 0));
  }

  /// A notice; the Panel adds its own prefix.
  void notice(String text) {
    events.publish(new ServerEvent.DaemonMessage(text));
  }

  void error(String text) {
    events.publish(new ServerEvent.DaemonMessage(DaemonLines.error(text)));
  }

  /// The text of a failure as far as users may see it.
  void error(String what, WingsException failure) {
    error(
        failure.kind() == ErrorKind.INTERNAL
            ? what + ": an unexpected error occurred"
            : what + ": " + failure.getMessage());
  }
}
