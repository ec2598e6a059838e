package dev.wings.daemon.sftp;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.event.EventBus;
import dev.wings.core.event.ServerEvent;
import dev.wings.core.permission.LivePermissions;
import dev.wings.core.permission.Permission;
import dev.wings.core.server.Server;
import dev.wings.core.server.ServerLock;
import dev.wings.core.server.Servers;
import dev.wings.sftp.account.Account;
import dev.wings.sftp.files.FileTree;
import dev.wings.sftp.shell.Shell;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/// What a connection of a user to a server has to work with.
final class ServerAccount implements Account {
  private static final String REVOKED = "permission revoked";

  private final Member member;
  private final Servers servers;
  private final FileTree files;
  private final Shell shell;
  private final LiveConfig config;
  private final LoginWatch watch;

  ServerAccount(
      Member member,
      Servers servers,
      FileTree files,
      Shell shell,
      LiveConfig config,
      LoginWatch watch) {
    this.member = member;
    this.servers = servers;
    this.files = files;
    this.shell = shell;
    this.config = config;
    this.watch = watch;
  }

  @Override
  public UUID owner() {
    return member.user();
  }

  @Override
  public FileTree files() {
    return files;
  }

  @Override
  public Optional<Shell> shell() {
    boolean allowed =
        config.current().system().sftp().shell().enabled()
            && member.may(Permission.WEBSOCKET_CONNECT);
    return allowed ? Optional.of(shell) : Optional.empty();
  }

  @Override
  public Subscription onRevocation(Consumer<String> disconnect) {
    Server server = member.server();
    LivePermissions.Subscription revoked =
        server
            .permissions()
            .onRevocation(user -> {
              if (user.equals(member.user())) {
                disconnect.accept(REVOKED);
              }
            });
    EventBus.Subscription deleted =
        server
            .events()
            .subscribe(event -> {
              if (event instanceof ServerEvent.Deleted) {
                disconnect.accept("server deleted");
              }
            });
    Runnable check = () -> reasonToLeave().ifPresent(disconnect);
    Subscription watched = watch.add(check);
    check.run(); // what happened since the login
    return () -> {
      revoked.close();
      deleted.close();
      watched.close();
    };
  }

  /// Asks nothing that would count as use of the user's permissions.
  private Optional<String> reasonToLeave() {
    Server server = member.server();
    if (!server.permissions().allows(member.user(), Permission.FILE_SFTP)) {
      return Optional.of(REVOKED);
    }
    if (server.lock().filter(ServerLock.SUSPENDED::equals).isPresent()) {
      return Optional.of("server suspended");
    }
    return servers.find(server.id()).isPresent() ? Optional.empty() : Optional.of("server deleted");
  }
}
