package dev.wings.core.token;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.token.TokenParser.MalformedException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks tokens of the Panel (`http-api.md` 3.3, `websocket.md` 1.4 and 2).
///
/// Written by hand rather than with a library, because what matters here is what is *not* read. The
/// order is: length, shape, signature over the raw bytes, and only then the two JSON documents,
/// through the project's own limits on nesting, numbers and repeated names. Nothing that an
/// attacker wrote is ever parsed, the header cannot choose algorithm or key, and each claim has
/// exactly one accepted type (libraries turn a string into a list, or a fraction into a second).
///
/// Verification takes a few microseconds, never blocks, and is safe on any thread.
public final class TokenVerifier {
  private static final Logger log = LoggerFactory.getLogger(TokenVerifier.class);
  private static final Base64.Decoder BASE64 = Base64.getUrlDecoder();

  private final TokenKey key;
  private final TokenClock clock;
  private final DenyList denyList;
  private final TokenRules rules;
  private final TokenParser parser;

  /// Reads the claims of one kind.
  @FunctionalInterface
  private interface Reader<T extends Token> {
    T read(TokenClaims claims, JsonNode payload) throws MalformedException;
  }

  /// @param nodeToken the node's secret, read once
  public TokenVerifier(String nodeToken, TokenClock clock, DenyList denyList, TokenRules rules) {
    this.key = new TokenKey(nodeToken);
    this.clock = clock;
    this.denyList = denyList;
    this.rules = rules;
    this.parser = new TokenParser(rules.flavour());
    if (rules.flavour() == TokenRules.Flavour.SCOPE_OPTIONAL) {
      log.warn("tokens without a scope are accepted, their purpose is inferred from their claims");
    }
  }

  public TokenVerdict<Token.Websocket> websocket(String token) {
    return verify(token, TokenScope.WEBSOCKET, parser::websocket);
  }

  public TokenVerdict<Token.FileDownload> fileDownload(String token) {
    return verify(token, TokenScope.FILE_DOWNLOAD, parser::fileDownload);
  }

  public TokenVerdict<Token.BackupDownload> backupDownload(String token) {
    return verify(token, TokenScope.BACKUP_DOWNLOAD, parser::backupDownload);
  }

  public TokenVerdict<Token.Upload> upload(String token) {
    return verify(token, TokenScope.FILE_UPLOAD, parser::upload);
  }

  public TokenVerdict<Token.ServerTransfer> serverTransfer(String token) {
    return verify(token, TokenScope.TRANSFER, parser::serverTransfer);
  }

  public TokenVerdict<Token.RemoteCopy> remoteCopy(String token) {
    return verify(token, TokenScope.TRANSFER, parser::remoteCopy);
  }

  /// Checks again what can change while a token is in use: its times and the deny list.
  public Optional<TokenRefusal> recheck(Token token) {
    return checkTimes(token.claims());
  }

  private <T extends Token> TokenVerdict<T> verify(
      String token, TokenScope scope, Reader<T> reader) {
    JsonNode payload;
    TokenClaims claims;
    T read;
    try {
      payload = payload(token);
      claims = parser.claims(payload);
      read = reader.read(claims, payload);
    } catch (MalformedException malformed) {
      return new TokenVerdict.Refused<>(TokenRefusal.MALFORMED);
    }
    Optional<TokenRefusal> refusal = checkTimes(claims);
    if (refusal.isPresent()) {
      return new TokenVerdict.Refused<>(refusal.get());
    }
    return hasPurpose(scope, claims, payload)
        ? new TokenVerdict.Accepted<>(read)
        : new TokenVerdict.Refused<>(TokenRefusal.DENIED);
  }

  private boolean hasPurpose(TokenScope scope, TokenClaims claims, JsonNode payload) {
    if (claims.scopes().contains(scope.wireName())) {
      return true;
    }
    return rules.flavour() == TokenRules.Flavour.SCOPE_OPTIONAL
        && !claims.scoped()
        && TokenParser.looksLike(scope, claims, payload);
  }

  /// The payload of a token with a right signature.
  private JsonNode payload(String token) throws MalformedException {
    if (token.length() > rules.maxLength()) {
      throw new MalformedException("too long");
    }
    int first = token.indexOf('.');
    int second = token.indexOf('.', first + 1);
    if (first <= 0 || second < 0 || token.indexOf('.', second + 1) >= 0) {
      throw new MalformedException("not three parts");
    }
    byte[] signature = decode(token.substring(second + 1));
    if (!MessageDigest.isEqual(key.sign(token.substring(0, second)), signature)) {
      throw new MalformedException("wrong signature");
    }
    TokenParser.checkHeader(decode(token.substring(0, first)));
    return TokenParser.object(decode(token.substring(first + 1, second)));
  }

  private static byte[] decode(String part) throws MalformedException {
    if (part.indexOf('=') >= 0) {
      throw new MalformedException("padded");
    }
    try {
      return BASE64.decode(part);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("not base64url");
    }
  }

  private Optional<TokenRefusal> checkTimes(TokenClaims claims) {
    long now = clock.second();
    long expires = claims.expiresAt().orElse(Long.MIN_VALUE);
    if (expires < now - rules.expiryLeeway().toSeconds()) {
      return Optional.of(TokenRefusal.EXPIRED);
    }
    if (claims.notBefore().isPresent() && claims.notBefore().getAsLong() > now) {
      return Optional.of(TokenRefusal.NOT_YET_VALID);
    }
    long issued = claims.issuedAt().orElse(Long.MIN_VALUE);
    if (issued < clock.startSecond()
        || issued > now + rules.issuedAtLeeway().toSeconds()
        || expires > issued + rules.maxLifetime().toSeconds()) {
      return Optional.of(TokenRefusal.ISSUED_AT);
    }
    return denyList.denies(claims.id(), issued)
        ? Optional.of(TokenRefusal.DENIED)
        : Optional.empty();
  }
}
