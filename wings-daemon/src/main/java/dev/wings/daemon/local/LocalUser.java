package dev.wings.daemon.local;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.WingsException;
import dev.wings.core.panel.SftpAccess;
import dev.wings.core.permission.PermissionSet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/// Somebody who may log in by SFTP on a stand-alone node: one entry of `users.yml`.
///
/// @param keys algorithm and base64 of each
/// @param servers which the user may work on; empty for all
/// @param permissions wire names
/// @param ignoredFiles gitignore-style patterns hidden from the user
record LocalUser(
    String name,
    UUID id,
    Optional<PasswordHash> password,
    Set<String> keys,
    Set<UUID> servers,
    List<String> permissions,
    List<String> ignoredFiles) {
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_.@+-]{1,191}");
  private static final Pattern KEY =
      Pattern.compile("([a-z0-9@.-]{1,64}) ([A-Za-z0-9+/]{16,8192}={0,2})(?: .*)?");
  private static final List<String> EVERYTHING = List.of("websocket.connect", "*");
  private static final String ALL_SERVERS = "*";

  LocalUser {
    keys = Set.copyOf(keys);
    servers = Set.copyOf(servers);
    permissions = List.copyOf(permissions);
    ignoredFiles = List.copyOf(ignoredFiles);
  }

  /// @throws WingsException kind INVALID when something about the entry is wrong
  static LocalUser read(JsonNode entry) {
    String name = entry.path("name").asText();
    if (!NAME.matcher(name).matches()) {
      throw WingsException.invalid("name: letters, digits and _ . @ + - are expected");
    }
    return new LocalUser(
        name,
        id(entry, name),
        password(entry),
        keys(entry),
        servers(entry),
        entry.has("permissions") ? texts(entry, "permissions") : EVERYTHING,
        texts(entry, "ignored_files"));
  }

  /// Activity and history name users by id, so it must stay the same over the years.
  private static UUID id(JsonNode entry, String name) {
    try {
      return entry.has("uuid")
          ? UUID.fromString(entry.path("uuid").asText())
          : UUID.nameUUIDFromBytes(("wings user " + name).getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException malformed) {
      throw WingsException.invalid("uuid: not a UUID");
    }
  }

  private static Optional<PasswordHash> password(JsonNode entry) {
    return entry.hasNonNull("password")
        ? Optional.of(PasswordHash.parse(entry.path("password").asText()))
        : Optional.empty();
  }

  private static Set<String> keys(JsonNode entry) {
    Set<String> keys = new HashSet<>();
    for (String line : texts(entry, "keys")) {
      keys.add(
          key(line)
              .orElseThrow(
                  () -> WingsException.invalid("keys: lines as in an id_*.pub file are expected")));
    }
    return keys;
  }

  /// Algorithm and base64 of a line in the form of `authorized_keys`, without its comment.
  static Optional<String> key(String line) {
    var matcher = KEY.matcher(line.strip());
    return matcher.matches()
        ? Optional.of(matcher.group(1) + " " + matcher.group(2))
        : Optional.empty();
  }

  private static Set<UUID> servers(JsonNode entry) {
    List<String> names = texts(entry, "servers");
    if (names.isEmpty()) {
      throw WingsException.invalid("servers: UUIDs, or \"*\" for all, are expected");
    }
    Set<UUID> servers = new HashSet<>();
    for (String server : names) {
      if (server.equals(ALL_SERVERS)) {
        return Set.of();
      }
      try {
        servers.add(UUID.fromString(server));
      } catch (IllegalArgumentException malformed) {
        throw WingsException.invalid("servers: not a UUID");
      }
    }
    return servers;
  }

  private static List<String> texts(JsonNode entry, String member) {
    JsonNode list = entry.path(member);
    List<String> texts = new ArrayList<>();
    for (JsonNode text : list) {
      if (!text.isTextual()) {
        throw WingsException.invalid(member + ": texts are expected");
      }
      texts.add(text.textValue());
    }
    if (!list.isArray() && !list.isMissingNode() && !list.isNull()) {
      throw WingsException.invalid(member + ": a list is expected");
    }
    return texts;
  }

  boolean mayUse(UUID server) {
    return servers.isEmpty() || servers.contains(server);
  }

  /// Whether somebody who logged in as the other would still get in.
  boolean sameSecrets(LocalUser other) {
    return id.equals(other.id) && password.equals(other.password) && keys.equals(other.keys);
  }

  SftpAccess access(UUID server) {
    return new SftpAccess(id, server, PermissionSet.parse(permissions), ignoredFiles);
  }
}
