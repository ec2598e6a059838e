package dev.wings.core.token;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.json.Json;
import dev.wings.core.permission.PermissionSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads the JSON documents of a token whose signature was found right. Whatever is absent or of
/// the wrong type ends in a [MalformedException].
final class TokenParser {
  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  /// Header members that would change where the key comes from or what the payload is.
  private static final Set<String> FORBIDDEN_HEADERS =
      Set.of("jwk", "jku", "x5u", "x5c", "crit", "zip", "enc", "b64", "cty");

  private final TokenRules.Flavour flavour;

  TokenParser(TokenRules.Flavour flavour) {
    this.flavour = flavour;
  }

  /// The token cannot be read; the message is for debugging only and holds no claim values.
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    }
  }

  /// A UUID in its usual text form, empty for anything else.
  static Optional<UUID> uuid(String text) {
    return UUID_TEXT.matcher(text).matches()
        ? Optional.of(UUID.fromString(text))
        : Optional.empty();
  }

  /// Refuses everything but a plain HS256 header.
  static void checkHeader(byte[] json) throws MalformedException {
    JsonNode header = object(json);
    if (!header.path("alg").isTextual() || !header.path("alg").textValue().equals("HS256")) {
      throw new MalformedException("algorithm is not HS256");
    }
    for (String name : FORBIDDEN_HEADERS) {
      if (header.has(name)) {
        throw new MalformedException("header has " + name);
      }
    }
  }

  static JsonNode object(byte[] json) throws MalformedException {
    JsonNode node;
    try {
      node = Json.mapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw new MalformedException("not JSON");
    } catch (IOException e) {
      throw new MalformedException("not text");
    }
    if (node == null || !node.isObject()) {
      throw new MalformedException("not an object");
    }
    return node;
  }

  TokenClaims claims(JsonNode payload) throws MalformedException {
    requireText(payload, "iss");
    checkAudience(payload.get("aud"));
    String scope = optionalText(payload, "scope");
    Set<String> scopes = new LinkedHashSet<>();
    if (scope != null) {
      Arrays.stream(scope.split(",")).map(String::strip).forEach(scopes::add);
    }
    return new TokenClaims(
        scopes,
        scope != null,
        optionalText(payload, "sub"),
        optionalSecond(payload, "exp"),
        optionalSecond(payload, "nbf"),
        optionalSecond(payload, "iat"),
        requireText(payload, "jti"));
  }

  private void checkAudience(@Nullable JsonNode audience) throws MalformedException {
    if (audience != null && audience.isTextual() && flavour == TokenRules.Flavour.SCOPE_OPTIONAL) {
      return;
    }
    texts(audience, "aud");
  }

  Token.Websocket websocket(TokenClaims claims, JsonNode payload) throws MalformedException {
    return new Token.Websocket(
        claims,
        requireUuid(payload, "user_uuid"),
        optionalText(payload, "user_name"),
        optionalText(payload, "user_avatar"),
        requireUuid(payload, "server_uuid"),
        PermissionSet.parse(texts(payload.get("permissions"), "permissions")),
        optionalTexts(payload, "ignored_files"));
  }

  Token.FileDownload fileDownload(TokenClaims claims, JsonNode payload) throws MalformedException {
    return new Token.FileDownload(
        claims,
        requireUuid(payload, "server_uuid"),
        requireText(payload, "file_path"),
        optionalTexts(payload, "file_paths"),
        requireText(payload, "unique_id"),
        orEmpty(optionalTexts(payload, "ignored_files")));
  }

  Token.Upload upload(TokenClaims claims, JsonNode payload) throws MalformedException {
    return new Token.Upload(
        claims,
        requireUuid(payload, "server_uuid"),
        requireUuid(payload, "user_uuid"),
        optionalText(payload, "user_name"),
        requireText(payload, "unique_id"),
        orEmpty(optionalTexts(payload, "ignored_files")));
  }

  Token.BackupDownload backupDownload(TokenClaims claims, JsonNode payload)
      throws MalformedException {
    String server = optionalText(payload, "server_uuid");
    return new Token.BackupDownload(
        claims,
        requireUuid(payload, "backup_uuid"),
        server == null ? null : requireUuid(payload, "server_uuid"),
        requireText(payload, "unique_id"),
        payload.path("database").asBoolean(false));
  }

  /// A remote copy has the claims `server`, `root` and `destination_path`; a server transfer has
  /// none of them. The scope is the same, so a token of one must not pass as the other.
  Token.ServerTransfer serverTransfer(TokenClaims claims, JsonNode payload)
      throws MalformedException {
    if (payload.has("destination_path") || payload.has("server") || payload.has("root")) {
      throw new MalformedException("a remote copy, not a server transfer");
    }
    return new Token.ServerTransfer(claims, subject(claims));
  }

  Token.RemoteCopy remoteCopy(TokenClaims claims, JsonNode payload) throws MalformedException {
    return new Token.RemoteCopy(
        claims,
        subject(claims),
        requireUuid(payload, "server"),
        requireText(payload, "root"),
        requireText(payload, "destination_path"));
  }

  /// The purpose that a claim set can only have, for Panels that do not send one.
  static boolean looksLike(TokenScope scope, TokenClaims claims, JsonNode payload) {
    boolean socket = payload.has("permissions");
    boolean file = payload.has("file_path");
    boolean backup = payload.has("backup_uuid");
    return switch (scope) {
      case WEBSOCKET -> socket && !file && !backup && !payload.has("unique_id");
      case FILE_DOWNLOAD -> file && !socket && !backup;
      case BACKUP_DOWNLOAD -> backup && !socket && !file;
      case FILE_UPLOAD ->
          payload.has("user_uuid") && payload.has("unique_id") && !socket && !file && !backup;
      case TRANSFER ->
          claims.subject() != null
              && !payload.has("unique_id")
              && !payload.has("user_uuid")
              && !socket
              && !file
              && !backup;
    };
  }

  private static UUID subject(TokenClaims claims) throws MalformedException {
    String subject = claims.subject();
    return Optional.ofNullable(subject)
        .flatMap(TokenParser::uuid)
        .orElseThrow(() -> new MalformedException("sub is not a UUID"));
  }

  private static UUID requireUuid(JsonNode payload, String name) throws MalformedException {
    return uuid(requireText(payload, name))
        .orElseThrow(() -> new MalformedException(name + " is not a UUID"));
  }

  private static String requireText(JsonNode payload, String name) throws MalformedException {
    String text = optionalText(payload, name);
    if (text == null) {
      throw new MalformedException(name + " is missing");
    }
    return text;
  }

  private static @Nullable String optionalText(JsonNode payload, String name)
      throws MalformedException {
    JsonNode node = payload.get(name);
    if (node == null || node.isNull()) {
      return null;
    }
    if (!node.isTextual()) {
      throw new MalformedException(name + " is not a string");
    }
    return node.textValue();
  }

  private static OptionalLong optionalSecond(JsonNode payload, String name)
      throws MalformedException {
    JsonNode node = payload.get(name);
    if (node == null || node.isNull()) {
      return OptionalLong.empty();
    }
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new MalformedException(name + " is not an integer");
    }
    return OptionalLong.of(node.longValue());
  }

  private static @Nullable List<String> optionalTexts(JsonNode payload, String name)
      throws MalformedException {
    JsonNode node = payload.get(name);
    return node == null || node.isNull() ? null : texts(node, name);
  }

  private static List<String> texts(@Nullable JsonNode node, String name)
      throws MalformedException {
    if (node == null || !node.isArray()) {
      throw new MalformedException(name + " is not a list");
    }
    List<String> texts = new ArrayList<>(node.size());
    for (JsonNode element : node) {
      if (!element.isTextual()) {
        throw new MalformedException(name + " has an element that is not a string");
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  private static List<String> orEmpty(@Nullable List<String> texts) {
    return texts == null ? List.of() : texts;
  }
}
