package dev.wings.daemon.ws;

import static java.util.Objects.requireNonNull;

import dev.wings.core.collab.Person;
import dev.wings.core.permission.LivePermissions;
import dev.wings.core.permission.Permission;
import dev.wings.core.permission.PermissionSet;
import dev.wings.core.server.Server;
import dev.wings.core.token.DenyList;
import dev.wings.core.token.Token;
import dev.wings.core.token.TokenClock;
import dev.wings.core.token.TokenRefusal;
import dev.wings.core.token.TokenVerdict;
import dev.wings.core.token.TokenVerifier;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Who is at the other end of one connection, and what that allows at this moment (`websocket.md`
/// 1.4 to 1.6). Knows no network. Confined to the connection's event loop.
final class SocketSession {
  private static final long WARN_BEFORE_EXPIRY_SECONDS = 60;

  private final Server server;
  private final TokenVerifier verifier;
  private final TokenClock clock;
  private final DenyList denyList;
  private Token.@Nullable Websocket token;
  private @Nullable UUID user;

  SocketSession(Server server, TokenVerifier verifier, TokenClock clock, DenyList denyList) {
    this.server = server;
    this.verifier = verifier;
    this.clock = clock;
    this.denyList = denyList;
  }

  /// Outcome of an `auth` message.
  sealed interface Authentication {
    /// The connection ends.
    record Dropped(String reason) implements Authentication {}

    /// The client is told why, nothing else changes.
    record Refused(TokenRefusal reason) implements Authentication {}

    /// The client must fetch a new token, nothing else changes.
    record Stale() implements Authentication {}

    /// The token counts from now on.
    ///
    /// @param first no token was stored before
    record Accepted(PermissionSet permissions, boolean first) implements Authentication {}
  }

  /// Whether something may happen now.
  sealed interface Access {
    record Granted() implements Access {}

    record Denied() implements Access {}

    record NoToken() implements Access {}

    record BadToken(TokenRefusal reason) implements Access {}
  }

  static final Access GRANTED = new Access.Granted();
  static final Access DENIED = new Access.Denied();
  private static final Access NO_TOKEN = new Access.NoToken();

  /// What the 30 s timer found out about the token.
  enum TokenAge {
    NONE,
    FRESH,
    EXPIRING,
    EXPIRED
  }

  Authentication authenticate(String text) {
    return switch (verifier.websocket(text)) {
      case TokenVerdict.Refused<Token.Websocket>(TokenRefusal reason) ->
          reason == TokenRefusal.MALFORMED
              ? new Authentication.Dropped("invalid token")
              : new Authentication.Refused(reason);
      case TokenVerdict.Accepted<Token.Websocket>(Token.Websocket offered) -> accept(offered);
    };
  }

  private Authentication accept(Token.Websocket offered) {
    if (!offered.permissions().allows(Permission.WEBSOCKET_CONNECT)) {
      return new Authentication.Dropped("token does not allow to connect");
    }
    if (!offered.server().equals(server.id())) {
      return new Authentication.Stale();
    }
    if (user != null && !user.equals(offered.user())) {
      return new Authentication.Dropped("token of another user");
    }
    LivePermissions.Admission admission =
        server
            .permissions()
            .admit(
                offered.user(),
                offered.permissions(),
                offered.ignoredFiles(),
                offered.claims().issuedSecond());
    if (admission == LivePermissions.Admission.STALE) {
      return new Authentication.Stale();
    }
    boolean first = token == null;
    token = offered;
    user = offered.user();
    return new Authentication.Accepted(offered.permissions(), first);
  }

  /// The user of the first accepted token; stays when the token expires.
  Optional<UUID> user() {
    return Optional.ofNullable(user);
  }

  /// Who is at the other end, for others to see. Only while there is a token.
  Person person() {
    Token.Websocket held = requireNonNull(token, "token");
    String name = held.userName();
    return new Person(held.user(), name == null ? held.user().toString() : name, held.userAvatar());
  }

  /// What is hidden from the user at this moment.
  List<String> ignoredFiles() {
    return user == null
        ? List.of()
        : server
            .permissions()
            .find(user)
            .map(LivePermissions.Entry::ignoredFiles)
            .orElse(List.of());
  }

  boolean hasToken() {
    return token != null;
  }

  /// Whether a message other than `auth` may be handled at all.
  Access messageAccess() {
    Token.Websocket held = token;
    if (held == null) {
      return NO_TOKEN;
    }
    Optional<TokenRefusal> refusal = verifier.recheck(held);
    return refusal.isPresent() ? new Access.BadToken(refusal.get()) : GRANTED;
  }

  /// Whether a general event may be delivered.
  Access access(Audience audience) {
    Token.Websocket held = token;
    if (held == null) {
      return NO_TOKEN;
    }
    Optional<LivePermissions.Entry> live = server.permissions().find(held.user());
    if (!audience.includes(held.permissions(), live)) {
      return DENIED;
    }
    Optional<TokenRefusal> refusal = verifier.recheck(held);
    return refusal.isPresent() ? new Access.BadToken(refusal.get()) : GRANTED;
  }

  /// Whether token and live entry both hold a permission. For actions of the client.
  boolean mayDo(Permission permission) {
    Token.Websocket held = token;
    return held != null
        && held.permissions().allows(permission)
        && server
            .permissions()
            .find(held.user())
            .map(entry -> entry.permissions().allows(permission))
            .orElse(false);
  }

  /// Whether the client may read the console.
  boolean mayReadConsole() {
    return access(Audience.CONSOLE) == GRANTED;
  }

  /// Whether the token alone holds every one of these wire names.
  boolean tokenHoldsAll(Iterable<String> names) {
    Token.Websocket held = token;
    if (held == null) {
      return false;
    }
    for (String name : names) {
      if (!Permission.fromWire(name).map(held.permissions()::allows).orElse(false)) {
        return false;
      }
    }
    return true;
  }

  /// Looks at the token's expiry; an expired token is forgotten.
  TokenAge age() {
    Token.Websocket held = token;
    if (held == null) {
      return TokenAge.NONE;
    }
    long expiry = held.claims().expirySecond();
    long now = clock.second();
    if (expiry < now) {
      token = null;
      return TokenAge.EXPIRED;
    }
    return expiry - WARN_BEFORE_EXPIRY_SECONDS < now ? TokenAge.EXPIRING : TokenAge.FRESH;
  }

  /// The user lost everything here: the token must not be used again anywhere.
  void revoke() {
    Token.Websocket held = token;
    if (held != null) {
      denyList.deny(held.claims().id());
      token = null;
    }
  }
}
