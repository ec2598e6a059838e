package dev.wings.daemon.ws;

import java.util.Set;

/// Every event name of the protocol, in both directions (`websocket.md` 1.7, 1.8).
public final class EventNames {
  static final String AUTH = "auth";
  static final String AUTH_SUCCESS = "auth success";
  static final String CONSOLE_OUTPUT = "console output";
  static final String DAEMON_MESSAGE = "daemon message";
  static final String FILE_UPLOADS = "file uploads";
  static final String INSTALL_OUTPUT = "install output";
  static final String JWT_ERROR = "jwt error";
  static final String PENDING_RESTART = "pending restart";
  static final String PONG = "pong";
  static final String STATS = "stats";
  static final String STATUS = "status";
  static final String TOKEN_EXPIRED = "token expired";
  static final String TOKEN_EXPIRING = "token expiring";

  private static final Set<String> KNOWN =
      Set.of(
          AUTH,
          "configure socket",
          "set state",
          "send command",
          "send logs",
          "send stats",
          "send status",
          "ping",
          "file collab subscribe",
          "file collab unsubscribe",
          "file collab update",
          "file collab awareness",
          "file collab save",
          "file collab reload",
          AUTH_SUCCESS,
          TOKEN_EXPIRING,
          TOKEN_EXPIRED,
          JWT_ERROR,
          "daemon error",
          PONG,
          STATUS,
          STATS,
          PENDING_RESTART,
          CONSOLE_OUTPUT,
          DAEMON_MESSAGE,
          "install started",
          INSTALL_OUTPUT,
          "install progress",
          "install completed",
          "image pull progress",
          "image pull completed",
          "backup started",
          "backup progress",
          "backup completed",
          "backup deleted",
          "backup restore started",
          "backup restore progress",
          "backup restore completed",
          "database backup restore started",
          "database backup restore progress",
          "database backup restore completed",
          "transfer status",
          "transfer logs",
          "transfer progress",
          "schedule started",
          "schedule step status",
          "schedule step error",
          "schedule completed",
          "operation progress",
          "operation completed",
          "operation aborted",
          "operation error",
          FILE_UPLOADS,
          "file collab sync",
          "file collab participants",
          "file collab saved",
          "file collab conflict",
          "file collab error",
          "custom event");

  private EventNames() {}

  /// Whether the protocol has an event of this name.
  public static boolean known(String name) {
    return KNOWN.contains(name);
  }
}
