package dev.wings.daemon.sftp;

import static java.util.Objects.requireNonNull;

import dev.wings.core.config.LiveConfig;
import dev.wings.core.config.SystemConfig;
import dev.wings.core.panel.PanelClient;
import dev.wings.core.server.Servers;
import dev.wings.fs.archive.write.ArchiveWriter;
import dev.wings.fs.revision.Revisions;
import dev.wings.sftp.SftpServer;
import dev.wings.sftp.account.Account;
import dev.wings.sftp.limit.SftpLimits;
import dev.wings.sftp.server.HostKeys;
import dev.wings.sftp.shell.ConsoleShell;
import dev.wings.sftp.subsystem.OwnerNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The SFTP server of a node: [SftpServer] over the servers' volumes and consoles.
public final class SftpService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SftpService.class);

  private final Ports ports;
  private final FileActivity activity = new FileActivity();
  private final LoginWatch watch = new LoginWatch();
  private final SftpServer server;

  /// What the service stands on.
  ///
  /// @param revisions earlier contents of edited files
  /// @param archives makes archives
  /// @param version of the daemon
  public record Ports(
      LiveConfig config,
      PanelClient panel,
      Servers servers,
      Revisions revisions,
      ArchiveWriter archives,
      String version) {
    public Ports {
      requireNonNull(config, "config");
      requireNonNull(panel, "panel");
      requireNonNull(servers, "servers");
      requireNonNull(revisions, "revisions");
      requireNonNull(archives, "archives");
      requireNonNull(version, "version");
    }
  }

  /// Starts the server; it listens when this returns.
  ///
  /// @param keys directory of the host key, made when it is missing
  /// @throws IOException when the address or the host key cannot be used; the message says what to
  ///   do
  public static SftpService start(Ports ports, Path keys) throws IOException {
    SystemConfig.Sftp settings = ports.config().current().system().sftp();
    KeyPair key;
    try {
      key = HostKeys.loadOrCreate(keys, settings.keyAlgorithm());
    } catch (IllegalArgumentException unknown) {
      throw new IOException("system.sftp.key_algorithm: " + unknown.getMessage(), unknown);
    }
    SftpService service = new SftpService(ports, settings, key);
    log.atInfo().addKeyValue("address", service.address()).log("sftp is listening");
    return service;
  }

  private SftpService(Ports ports, SystemConfig.Sftp settings, KeyPair key) throws IOException {
    this.ports = ports;
    boolean started = false;
    try {
      server =
          SftpServer.builder()
              .listen(
                  new InetSocketAddress(
                      InetAddress.getByName(settings.bindAddress()), settings.bindPort()))
              .hostKey(key)
              .authenticator(
                  new PanelAuthenticator(
                      ports.panel(), ports.servers(), ports.config(), this::account))
              .limits(limits(ports.config()))
              .ownerNames(OwnerNames.single(ports.config().current().system().username()))
              .start();
      started = true;
    } catch (IOException failure) {
      throw new IOException(
          "sftp cannot listen on "
              + settings.bindAddress()
              + " port "
              + settings.bindPort()
              + ": "
              + failure.getMessage(),
          failure);
    } finally {
      if (!started) {
        closeParts();
      }
    }
  }

  private Account account(Member member) {
    VisibleFiles visible = new VisibleFiles(member);
    return new ServerAccount(
        member,
        ports.servers(),
        new ServerTree(member, visible, ports.revisions(), activity, ports.config()),
        new ConsoleShell(
            new ServerConsole(member, ports.config(), ports.version()),
            new ServerArchives(member, visible, ports.archives(), ports.config())),
        ports.config(),
        watch);
  }

  /// The limits in force, which are made anew only when the configuration has changed.
  static Supplier<SftpLimits> limits(LiveConfig config) {
    record Made(SystemConfig.Sftp from, SftpLimits limits) {}
    AtomicReference<Made> last = new AtomicReference<>();
    return () -> {
      SystemConfig.Sftp current = config.current().system().sftp();
      Made made = last.get();
      if (made == null || !made.from().equals(current)) {
        made = new Made(current, limits(current));
        last.set(made);
      }
      return made.limits();
    };
  }

  private static SftpLimits limits(SystemConfig.Sftp settings) {
    SystemConfig.SftpLimits limits = settings.limits();
    return new SftpLimits(
        settings.readOnly(),
        !settings.disablePasswordAuth(),
        limits.authenticationPasswordAttempts(),
        limits.authenticationPubkeyAttempts(),
        Duration.ofSeconds(limits.authenticationCooldown()),
        limits.maxConnectionsPerUser(),
        limits.maxChannelsPerConnection(),
        limits.maxHandlesPerChannel(),
        limits.maxHandlesTotal(),
        settings.directoryEntryLimit(),
        settings.directoryEntrySendAmount());
  }

  /// Where it listens, with the port that it really has.
  public InetSocketAddress address() {
    return server.address();
  }

  /// Stops listening, ends all connections and writes down what users did.
  @Override
  public void close() {
    server.close();
    closeParts();
  }

  private void closeParts() {
    watch.close();
    activity.close();
  }
}
