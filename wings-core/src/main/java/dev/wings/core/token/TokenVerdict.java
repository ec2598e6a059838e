package dev.wings.core.token;

/// Outcome of a verification.
public sealed interface TokenVerdict<T extends Token> {
  /// The token holds.
  record Accepted<T extends Token>(T token) implements TokenVerdict<T> {}

  /// The token does not hold.
  record Refused<T extends Token>(TokenRefusal reason) implements TokenVerdict<T> {}

  /// The token.
  ///
  /// @throws dev.wings.core.WingsException kind `DENIED` when it was refused
  default T orThrow() {
    return switch (this) {
      case Accepted<T> accepted -> accepted.token();
      case Refused<T> refused -> throw refused.reason().exception();
    };
  }
}
