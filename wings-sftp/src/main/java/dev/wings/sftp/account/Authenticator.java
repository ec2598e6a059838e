package dev.wings.sftp.account;

/// Decides who may log in; a lambda will do. Safe for use by many threads; calls may block. Limits
/// of attempts are the server's business, it asks only within them.
public interface Authenticator {
  /// Whether a name can be one of a user at all; what cannot is refused without a question, without
  /// being counted (`sftp.md` 4.2). Must return at once.
  default boolean plausible(String userName) {
    return true;
  }

  /// Decides about one credential. For a key the client has proven that it holds it.
  Verdict decide(Attempt attempt, Credential credential);
}
