package dev.wings.core.token;

import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Claims that every token has (`http-api.md` 3.3). Times are unix seconds.
///
/// @param scopes purposes named by the token
/// @param scoped false when the token has no `scope` member at all
/// @param subject of transfers the server, otherwise null
/// @param expiresAt empty when missing, which refuses the token
/// @param issuedAt empty when missing, which refuses the token
/// @param id deny-list key; the Calagopus Panel puts the user's UUID here
public record TokenClaims(
    Set<String> scopes,
    boolean scoped,
    @Nullable String subject,
    OptionalLong expiresAt,
    OptionalLong notBefore,
    OptionalLong issuedAt,
    String id) {
  public TokenClaims {
    scopes = Set.copyOf(scopes);
  }

  /// Second of issue. Only for tokens that passed verification, which all have one.
  public long issuedSecond() {
    return issuedAt.orElseThrow();
  }

  /// Second of expiry. Only for tokens that passed verification, which all have one.
  public long expirySecond() {
    return expiresAt.orElseThrow();
  }
}
