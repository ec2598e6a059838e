package dev.wings.sftp.limit;

/// How much trust an attempt has before anybody is asked; the order is the order in which questions
/// are let through.
enum Standing {
  /// The client logged in to this account before.
  KNOWN,
  /// Nothing is known against the client or the account.
  FRESH,
  /// The client failed once, or others fail at the account.
  DOUBTFUL,
  /// The client failed, or tries, more than once.
  SUSPECT
}
