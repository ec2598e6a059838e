package dev.wings.core.panel;

import static java.util.Objects.requireNonNull;

/// What somebody shows who wants to log in by SSH or SFTP (`panel-remote-api.md` 11.2).
///
/// @param userName user name of the Panel, a dot, and the first eight digits of the server's UUID
/// @param secret the password, or algorithm and base64 of a key; never printed
public record SftpAttempt(Kind kind, String userName, String secret) {
  public SftpAttempt {
    requireNonNull(kind, "kind");
    requireNonNull(userName, "userName");
    requireNonNull(secret, "secret");
  }

  /// What the secret is.
  public enum Kind {
    PASSWORD("password"),
    PUBLIC_KEY("public_key");

    private final String wireName;

    Kind(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }
  }

  @Override
  public String toString() {
    return "SftpAttempt[" + kind.wireName + ", " + userName + "]";
  }
}
