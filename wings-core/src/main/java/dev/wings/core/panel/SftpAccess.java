package dev.wings.core.panel;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wings.core.permission.PermissionSet;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What the Panel lets somebody do who showed the right secret (`panel-remote-api.md` 11.3).
///
/// @param ignoredFiles gitignore-style patterns hidden from the user
public record SftpAccess(
    UUID user, UUID server, PermissionSet permissions, List<String> ignoredFiles) {
  public SftpAccess {
    requireNonNull(user, "user");
    requireNonNull(server, "server");
    requireNonNull(permissions, "permissions");
    ignoredFiles = List.copyOf(ignoredFiles);
  }

  /// Reads an answer. Unknown permissions are dropped; an answer that is wrong in any other way is
  /// refused as a whole, because what it hides from the user must not be guessed.
  ///
  /// @throws PanelException status 0 when it is not such an answer
  public static SftpAccess read(JsonNode answer) {
    return new SftpAccess(
        id(answer, "user"),
        id(answer, "server"),
        PermissionSet.parse(texts(answer, "permissions")),
        texts(answer, "ignored_files"));
  }

  private static UUID id(JsonNode answer, String member) {
    try {
      return UUID.fromString(answer.path(member).asText());
    } catch (IllegalArgumentException malformed) {
      throw unreadable(member, malformed);
    }
  }

  private static List<String> texts(JsonNode answer, String member) {
    JsonNode list = answer.path(member);
    if (list.isMissingNode() || list.isNull()) {
      return List.of();
    }
    List<String> texts = new ArrayList<>(list.size());
    for (JsonNode text : list) {
      if (!text.isTextual()) {
        throw unreadable(member, null);
      }
      texts.add(text.textValue());
    }
    if (!list.isArray()) {
      throw unreadable(member, null);
    }
    return texts;
  }

  private static PanelException unreadable(String member, @Nullable Throwable cause) {
    return new PanelException(0, List.of("answer without a valid " + member), cause);
  }
}
