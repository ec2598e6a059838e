package dev.wings.daemon.api.files;

import dev.wings.core.WingsException;
import dev.wings.core.permission.LivePermissions;
import dev.wings.core.server.Server;
import dev.wings.core.server.Servers;
import dev.wings.core.token.Token;
import dev.wings.core.token.TokenVerdict;
import dev.wings.core.token.TokenVerifier;
import dev.wings.core.token.UseCounter;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/// Links that the Panel signs for browsers (`http-api.md` 14.1): checked and counted before the
/// body is read, and before anything is told about servers or files.
public final class SignedLinks {
  private final Servers servers;
  private final TokenVerifier verifier;
  private final UseCounter uses;

  /// @param uses counts each accepted download and each multipart upload
  public SignedLinks(Servers servers, TokenVerifier verifier, UseCounter uses) {
    this.servers = servers;
    this.verifier = verifier;
    this.uses = uses;
  }

  /// One use of a download link.
  Access download() {
    return Access.signed("file-download", request -> uses.use(downloadToken(request)));
  }

  /// One use of a link to a backup.
  Access backup() {
    return Access.signed("backup-download", request -> uses.use(backupToken(request)));
  }

  Token.BackupDownload backupToken(Request request) {
    return accepted(verifier.backupDownload(Queries.required(request, "token")));
  }

  /// One use of an upload link.
  Access upload() {
    return Access.signed("file-upload", request -> uses.use(uploadToken(request)));
  }

  /// A slice of an upload, which takes no use.
  Access slice() {
    Consumer<Request> check = this::uploadToken;
    return Access.signed("file-upload", check::accept);
  }

  Token.FileDownload downloadToken(Request request) {
    return accepted(verifier.fileDownload(Queries.required(request, "token")));
  }

  Token.Upload uploadToken(Request request) {
    return accepted(verifier.upload(Queries.required(request, "token")));
  }

  private static <T extends Token> T accepted(TokenVerdict<T> verdict) {
    return verdict.orThrow();
  }

  /// @throws WingsException kind `NOT_FOUND`
  Server server(UUID id) {
    return servers.find(id).orElseThrow(() -> WingsException.notFound("server not found"));
  }

  /// What the user of a link must not see: what the token says, and what the daemon knows by now.
  /// The Panel leaves the list out of download tokens.
  static List<String> ignored(Server server, List<String> signed, UUID user) {
    List<String> ignored = new ArrayList<>(signed);
    server
        .permissions()
        .find(user)
        .map(LivePermissions.Entry::ignoredFiles)
        .ifPresent(ignored::addAll);
    return ignored;
  }
}
