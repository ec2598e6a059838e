package dev.wings.core.token;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Signs tokens as the Panel does, for the stand-alone mode and for tests. Every token has the
/// claims of `http-api.md` 3.3 in the Panel's order.
public final class TokenIssuer {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final String HEADER = encode("{\"typ\":\"JWT\",\"alg\":\"HS256\"}");

  private final TokenKey key;
  private final InstantSource clock;

  public TokenIssuer(String nodeToken, InstantSource clock) {
    this.key = new TokenKey(nodeToken);
    this.clock = clock;
  }

  /// A token for the console socket.
  ///
  /// @param permissions wire names
  /// @param ignoredFiles gitignore-style patterns hidden from the user
  public String websocket(
      UUID user,
      String userName,
      UUID server,
      Collection<String> permissions,
      Collection<String> ignoredFiles,
      Duration lifetime) {
    ObjectNode extra = JsonNodeFactory.instance.objectNode();
    extra.put("user_uuid", user.toString());
    extra.put("user_name", userName);
    extra.putNull("user_avatar");
    extra.put("server_uuid", server.toString());
    permissions.forEach(extra.putArray("permissions")::add);
    ignoredFiles.forEach(extra.putArray("ignored_files")::add);
    return issue(TokenScope.WEBSOCKET, null, user.toString(), lifetime, extra);
  }

  /// A token for one file or directory, or for `filePaths` below it when there are any.
  public String fileDownload(
      UUID user, UUID server, String filePath, List<String> filePaths, Duration lifetime) {
    ObjectNode extra = JsonNodeFactory.instance.objectNode();
    extra.put("file_path", filePath);
    if (!filePaths.isEmpty()) {
      filePaths.forEach(extra.putArray("file_paths")::add);
    }
    extra.put("server_uuid", server.toString());
    extra.put("unique_id", UUID.randomUUID().toString());
    return issue(TokenScope.FILE_DOWNLOAD, null, user.toString(), lifetime, extra);
  }

  /// A token for uploads to one server.
  public String upload(UUID user, UUID server, Collection<String> ignored, Duration lifetime) {
    ObjectNode extra = JsonNodeFactory.instance.objectNode();
    extra.put("server_uuid", server.toString());
    extra.put("user_uuid", user.toString());
    extra.put("unique_id", UUID.randomUUID().toString());
    ignored.forEach(extra.putArray("ignored_files")::add);
    return issue(TokenScope.FILE_UPLOAD, null, user.toString(), lifetime, extra);
  }

  /// A token for one backup.
  public String backupDownload(UUID user, UUID backup, Duration lifetime) {
    ObjectNode extra = JsonNodeFactory.instance.objectNode();
    extra.put("backup_uuid", backup.toString());
    extra.put("unique_id", UUID.randomUUID().toString());
    return issue(TokenScope.BACKUP_DOWNLOAD, null, user.toString(), lifetime, extra);
  }

  /// A token of any purpose, issued now.
  ///
  /// @param subject of transfers the server, otherwise null
  /// @param id the `jti`, by which the token can be denied
  /// @param extra claims besides the ones that every token has
  public String issue(
      TokenScope scope, @Nullable String subject, String id, Duration lifetime, ObjectNode extra) {
    long now = clock.instant().getEpochSecond();
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims.put("scope", scope.wireName());
    claims.put("iss", "panel");
    claims.put("sub", subject);
    claims.putArray("aud");
    claims.put("exp", now + lifetime.toSeconds());
    claims.putNull("nbf");
    claims.put("iat", now);
    claims.put("jti", id);
    claims.setAll(extra);
    return sign(claims);
  }

  /// Signs claims as they are.
  public String sign(ObjectNode claims) {
    try {
      String signed = HEADER + "." + encode(Json.mapper().writeValueAsString(claims));
      return signed + "." + BASE64.encodeToString(key.sign(signed));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  private static String encode(String json) {
    return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
