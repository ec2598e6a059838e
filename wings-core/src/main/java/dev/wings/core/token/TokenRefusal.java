package dev.wings.core.token;

import dev.wings.core.WingsException;

/// Why a token is refused, in the order in which the rules are checked (`http-api.md` 3.3).
public enum TokenRefusal {
  /// Signature, algorithm, size or claim types.
  MALFORMED("invalid token"),
  EXPIRED("invalid token: token is expired"),
  NOT_YET_VALID("invalid token: token is not yet valid"),
  /// Issued in the future, before the daemon started, or for longer than tokens may live.
  ISSUED_AT("invalid token: token has invalid issued at time"),
  /// On the deny list, or minted for another purpose: the two look alike on purpose.
  DENIED("invalid token: token has been denied");

  private final String message;

  TokenRefusal(String message) {
    this.message = message;
  }

  /// The text that the client is told.
  public String message() {
    return message;
  }

  /// The refusal as an exception of kind `DENIED`.
  public WingsException exception() {
    return WingsException.denied(message);
  }
}
