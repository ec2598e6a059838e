package dev.wings.core.token;

import dev.wings.core.permission.PermissionSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A verified token (`websocket.md` 1.4 and 2). One record per kind, each with exactly the claims
/// that its endpoint needs; a token without them is malformed.
public sealed interface Token {
  TokenClaims claims();

  /// Opens the console socket of one server.
  ///
  /// @param userName display name, null when the Panel sent none
  /// @param userAvatar address of a picture, null when the Panel sent none
  /// @param ignoredFiles gitignore-style patterns hidden from this user; null keeps the list that
  ///   is already known
  record Websocket(
      TokenClaims claims,
      UUID user,
      @Nullable String userName,
      @Nullable String userAvatar,
      UUID server,
      PermissionSet permissions,
      @Nullable List<String> ignoredFiles)
      implements Token {
    public Websocket {
      ignoredFiles = ignoredFiles == null ? null : List.copyOf(ignoredFiles);
    }
  }

  /// Downloads a file, a directory, or several files.
  ///
  /// @param filePath the file, or the directory that `filePaths` is relative to; relative to the
  ///   server's root
  /// @param filePaths names of a multi-file download, null for a single path
  record FileDownload(
      TokenClaims claims,
      UUID server,
      String filePath,
      @Nullable List<String> filePaths,
      String uniqueId,
      List<String> ignoredFiles)
      implements Token {
    public FileDownload {
      filePaths = filePaths == null ? null : List.copyOf(filePaths);
      ignoredFiles = List.copyOf(ignoredFiles);
    }

    /// The user that the token was issued to, when the Panel says so in `jti`. The user's live
    /// ignore list must be applied to directories (`http-api.md` 14.1).
    public Optional<UUID> user() {
      return TokenParser.uuid(claims.id());
    }
  }

  /// Uploads into a directory.
  record Upload(
      TokenClaims claims,
      UUID server,
      UUID user,
      @Nullable String userName,
      String uniqueId,
      List<String> ignoredFiles)
      implements Token {
    public Upload {
      ignoredFiles = List.copyOf(ignoredFiles);
    }
  }

  /// Downloads a backup.
  ///
  /// @param server must exist on the node when present
  /// @param database whether it is one of a database
  record BackupDownload(
      TokenClaims claims, UUID backup, @Nullable UUID server, String uniqueId, boolean database)
      implements Token {}

  /// Brings a whole server from another node.
  ///
  /// @param server the server that arrives
  record ServerTransfer(TokenClaims claims, UUID server) implements Token {}

  /// Copies files from another node.
  ///
  /// @param destination server that receives the files
  /// @param source server that the files come from
  /// @param root directory of the source
  /// @param destinationPath directory of the destination
  record RemoteCopy(
      TokenClaims claims, UUID destination, UUID source, String root, String destinationPath)
      implements Token {}
}
