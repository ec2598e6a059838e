package dev.wings.core.collab;

/// Names of the messages to clients (`websocket.md` 1.10).
public final class CollabEvents {
  public static final String ERROR = "file collab error";
  static final String SYNC = "file collab sync";
  static final String PARTICIPANTS = "file collab participants";
  static final String UPDATE = "file collab update";
  static final String AWARENESS = "file collab awareness";
  static final String SAVED = "file collab saved";
  static final String CONFLICT = "file collab conflict";

  private CollabEvents() {}
}
