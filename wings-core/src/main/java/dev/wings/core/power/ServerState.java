package dev.wings.core.power;

/// The four states on every wire (`websocket.md` 3.1).
public enum ServerState {
  OFFLINE("offline"),
  STARTING("starting"),
  RUNNING("running"),
  STOPPING("stopping");

  private final String wireName;

  ServerState(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }
}
