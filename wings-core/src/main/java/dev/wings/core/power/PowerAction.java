package dev.wings.core.power;

import java.util.Optional;

/// What can be asked of a server's power (`websocket.md` 3.4).
public enum PowerAction {
  START("start"),
  STOP("stop"),
  RESTART("restart"),
  KILL("kill");

  private final String wireName;

  PowerAction(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  public static Optional<PowerAction> fromWire(String name) {
    for (PowerAction action : values()) {
      if (action.wireName.equals(name)) {
        return Optional.of(action);
      }
    }
    return Optional.empty();
  }
}
