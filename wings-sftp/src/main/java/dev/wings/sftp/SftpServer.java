package dev.wings.sftp;

import static java.util.Objects.requireNonNull;

import dev.wings.sftp.account.Authenticator;
import dev.wings.sftp.limit.Admissions;
import dev.wings.sftp.limit.SftpLimits;
import dev.wings.sftp.server.SshEndpoint;
import dev.wings.sftp.subsystem.OwnerNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An SSH server that offers SFTP, and consoles where an account has one (`sftp.md`).
///
/// ```java
/// try (SftpServer server =
///     SftpServer.builder()
///         .listen(new InetSocketAddress("0.0.0.0", 2022))
///         .hostKey(HostKeys.loadOrCreate(directory, "ssh-ed25519"))
///         .authenticator(authenticator)
///         .start()) {
///   …
/// }
/// ```
///
/// Safe for use by many threads. A few daemon threads move bytes; nothing of the embedding program
/// is called on them except `Authenticator.plausible`, `Account.owner`, `shell` and `onRevocation`.
public final class SftpServer implements AutoCloseable {
  private final SshEndpoint endpoint;

  private SftpServer(SshEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  public static Builder builder() {
    return new Builder();
  }

  /// Where it listens, with the port that it really has.
  public InetSocketAddress address() {
    return endpoint.address();
  }

  /// Connections at this moment, logged in or not.
  public int connections() {
    return endpoint.connections();
  }

  /// Stops listening and ends all connections. Idempotent.
  @Override
  public void close() {
    endpoint.close();
  }

  /// What a server is made of. Host key and authenticator must be given.
  public static final class Builder {
    private InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 2022);
    private @Nullable KeyPair hostKey;
    private @Nullable Authenticator authenticator;
    private Supplier<SftpLimits> limits = () -> SftpLimits.DEFAULT;
    private Admissions.Bounds admissions = Admissions.Bounds.DEFAULT;
    private OwnerNames names = OwnerNames.single("");
    private String identification = "Calagopus-Wings";
    private LongSupplier nanoTime = System::nanoTime;

    private Builder() {}

    /// Port 2022 of the loopback address unless set; port 0 takes any free port.
    public Builder listen(InetSocketAddress address) {
      this.address = requireNonNull(address, "address");
      return this;
    }

    /// The key that names the server; see [dev.wings.sftp.server.HostKeys].
    public Builder hostKey(KeyPair hostKey) {
      this.hostKey = requireNonNull(hostKey, "hostKey");
      return this;
    }

    public Builder authenticator(Authenticator authenticator) {
      this.authenticator = requireNonNull(authenticator, "authenticator");
      return this;
    }

    /// Asked at each use; [SftpLimits#DEFAULT] unless set.
    public Builder limits(Supplier<SftpLimits> limits) {
      this.limits = requireNonNull(limits, "limits");
      return this;
    }

    /// Bounds of connections that have not logged in.
    public Builder admissions(Admissions.Bounds admissions) {
      this.admissions = requireNonNull(admissions, "admissions");
      return this;
    }

    /// Names of the users that files belong to; none unless set.
    public Builder ownerNames(OwnerNames names) {
      this.names = requireNonNull(names, "names");
      return this;
    }

    /// What the server calls itself behind `SSH-2.0-`; `Calagopus-Wings` unless set.
    public Builder identification(String identification) {
      this.identification = requireNonNull(identification, "identification");
      return this;
    }

    /// A clock that only moves forward, in nanoseconds.
    public Builder clock(LongSupplier nanoTime) {
      this.nanoTime = requireNonNull(nanoTime, "nanoTime");
      return this;
    }

    /// Starts the server.
    ///
    /// @throws IOException when the address cannot be had
    /// @throws NullPointerException when something that must be given is missing
    public SftpServer start() throws IOException {
      SshEndpoint endpoint =
          new SshEndpoint(
              address,
              requireNonNull(hostKey, "hostKey"),
              requireNonNull(authenticator, "authenticator"),
              limits,
              admissions,
              names,
              identification,
              nanoTime);
      try {
        endpoint.start();
      } catch (IOException | RuntimeException e) {
        endpoint.close();
        throw e;
      }
      return new SftpServer(endpoint);
    }
  }
}
