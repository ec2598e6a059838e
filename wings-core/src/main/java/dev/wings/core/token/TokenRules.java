package dev.wings.core.token;

import java.time.Duration;

/// Tolerances and ceilings of token checks. Both leeways are whole seconds.
///
/// @param issuedAtLeeway how far in the future `iat` may lie
/// @param expiryLeeway how long after `exp` a token still holds
/// @param maxLifetime longest span from `iat` to `exp`; a leaked token must not last for ever
/// @param maxLength longest token in characters, checked before anything else
/// @param flavour what the signing Panel is known to send
public record TokenRules(
    Duration issuedAtLeeway,
    Duration expiryLeeway,
    Duration maxLifetime,
    int maxLength,
    Flavour flavour) {
  /// The documented rules: 5 s of leeway for `iat`, none for `exp`.
  public static final TokenRules STANDARD =
      new TokenRules(
          Duration.ofSeconds(5), Duration.ZERO, Duration.ofDays(1), 64 << 10, Flavour.STRICT);

  /// Dialects of token claims.
  public enum Flavour {
    /// Every claim as documented.
    STRICT,
    /// For Panels that do not send a `scope`: the purpose is inferred from the claims that only
    /// that purpose has. A `scope` that is present is still binding. `aud` may be a single string.
    SCOPE_OPTIONAL
  }

  public TokenRules {
    if (issuedAtLeeway.isNegative() || expiryLeeway.isNegative()) {
      throw new IllegalArgumentException("leeway: negative (expected: >= 0)");
    }
    if (!maxLifetime.isPositive()) {
      throw new IllegalArgumentException("maxLifetime: " + maxLifetime + " (expected: > 0)");
    }
    if (maxLength < 1) {
      throw new IllegalArgumentException("maxLength: " + maxLength + " (expected: >= 1)");
    }
  }

  /// The same rules for another dialect.
  public TokenRules withFlavour(Flavour other) {
    return new TokenRules(issuedAtLeeway, expiryLeeway, maxLifetime, maxLength, other);
  }

  /// The same rules with other tolerances.
  public TokenRules withLeeway(Duration issuedAt, Duration expiry) {
    return new TokenRules(issuedAt, expiry, maxLifetime, maxLength, flavour);
  }
}
