package dev.wings.core.server;

/// Why a server may not start, in order of reporting (`websocket.md` 3.7).
public enum ServerLock {
  SUSPENDED("suspended"),
  INSTALLING("installing"),
  RESTORING("restoring"),
  TRANSFERRING("transferring");

  private final String wireName;

  ServerLock(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }
}
