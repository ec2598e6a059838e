package dev.wings.daemon.sftp;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wings.core.config.LiveConfig;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.panel.PanelException;
import dev.wings.core.panel.SftpAccess;
import dev.wings.core.panel.SftpAttempt;
import dev.wings.core.permission.Permission;
import dev.wings.core.server.Server;
import dev.wings.core.server.ServerLock;
import dev.wings.core.server.Servers;
import dev.wings.sftp.account.Account;
import dev.wings.sftp.account.Attempt;
import dev.wings.sftp.account.Authenticator;
import dev.wings.sftp.account.Credential;
import dev.wings.sftp.account.Verdict;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Lets in whom the Panel knows (`sftp.md` 4.3, `panel-remote-api.md` 11). The server module counts
/// attempts; a right secret that opens nothing at the moment is not counted.
final class PanelAuthenticator implements Authenticator {
  private static final int MAX_NAME = 255;
  private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}]+\\.[0-9a-fA-F]{8}");

  private final PanelClient panel;
  private final Servers servers;
  private final LiveConfig config;
  private final Function<Member, Account> accounts;

  /// @param accounts makes what a user gets
  PanelAuthenticator(
      PanelClient panel, Servers servers, LiveConfig config, Function<Member, Account> accounts) {
    this.panel = panel;
    this.servers = servers;
    this.config = config;
    this.accounts = accounts;
  }

  /// A server that a user name means.
  ///
  /// @param asked when its permissions had not been asked about yet
  private record Named(Server server, long asked) {}

  @Override
  public boolean plausible(String userName) {
    return userName.length() <= MAX_NAME && NAME.matcher(userName).matches();
  }

  @Override
  public Verdict decide(Attempt attempt, Credential credential) {
    String shortId = shortId(attempt.userName());
    List<Named> named =
        servers.all().stream()
            .filter(server -> server.id().toString().startsWith(shortId))
            .map(server -> new Named(server, server.permissions().moment()))
            .toList();
    if (named.isEmpty()) { // not worth a question: the Panel answers a limited number of them
      return new Verdict.Refused("no such server on this node");
    }
    SftpAccess access;
    try {
      access = panel.sftpAuth(question(attempt.userName(), credential));
    } catch (PanelException failure) {
      String reason = String.valueOf(failure.getMessage());
      return failure.unavailable() ? new Verdict.Unavailable(reason) : new Verdict.Refused(reason);
    }
    return named.stream()
        .filter(candidate -> candidate.server().id().equals(access.server()))
        .findFirst()
        .map(candidate -> admit(attempt, credential, access, candidate))
        .orElse(new Verdict.Unavailable("the panel named another server"));
  }

  private static String shortId(String userName) {
    return userName.substring(userName.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  private static SftpAttempt question(String userName, Credential credential) {
    return switch (credential) {
      case Credential.Password(String password) ->
          new SftpAttempt(SftpAttempt.Kind.PASSWORD, userName, password);
      case Credential.PublicKey(String line) ->
          new SftpAttempt(SftpAttempt.Kind.PUBLIC_KEY, userName, line);
    };
  }

  private Verdict admit(Attempt attempt, Credential credential, SftpAccess access, Named named) {
    if (!access.permissions().allows(Permission.FILE_SFTP)) {
      return new Verdict.Refused("no permission for sftp");
    }
    Server server = named.server();
    Optional<ServerLock> lock = server.lock();
    if (lock.isPresent()) {
      return new Verdict.Unavailable("the server is " + lock.get().wireName());
    }
    if (!server
        .permissions()
        .fetched(access.user(), access.permissions(), access.ignoredFiles(), named.asked())) {
      return new Verdict.Unavailable("access was revoked meanwhile");
    }
    Member member = new Member(server, access.user(), attempt.address().getHostAddress());
    if (config.current().system().sftp().activity().logLogins()) {
      member.record(
          "server:sftp.login",
          JsonNodeFactory.instance.objectNode().put("method", credential.method()));
    }
    return new Verdict.Accepted(accounts.apply(member));
  }
}
