package dev.wings.core.token;

/// Purposes a token can be minted for (`http-api.md` 3.3).
public enum TokenScope {
  FILE_DOWNLOAD("file-download"),
  FILE_UPLOAD("file-upload"),
  BACKUP_DOWNLOAD("backup-download"),
  TRANSFER("transfer"),
  WEBSOCKET("websocket");

  private final String wireName;

  TokenScope(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }
}
