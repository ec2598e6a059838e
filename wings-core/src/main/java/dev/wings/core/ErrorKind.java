package dev.wings.core;

/// What kind of expected failure a [WingsException] is. Edges (HTTP, SFTP, WebSocket) translate it;
/// business code never knows a status.
public enum ErrorKind {
  /// The request itself is malformed.
  INVALID,
  /// The caller is not who it must be, or its token does not cover the action.
  DENIED,
  /// The named thing does not exist, or must look as if it did not.
  NOT_FOUND,
  /// The thing exists in a state that forbids the action.
  CONFLICT,
  /// Understood, but it cannot be done now ("expectation failed" of the Panel's protocol).
  IMPOSSIBLE,
  /// A limit of size, count or rate is exceeded.
  LIMIT,
  /// No space or quota left.
  OUT_OF_SPACE,
  /// The engine, the Panel or another remote party failed.
  UPSTREAM,
  /// The feature does not exist on this node or platform.
  UNSUPPORTED,
  /// Anything else; the message is not shown to users.
  INTERNAL
}
